"""The columns of a table, their roles, and the names derived from them. Standard library only."""

import json
import keyword
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal, cast, get_args

Role = Literal["numeric", "categorical", "boolean", "timestamp", "hour", "weekday", "month", "text", "vector"]
Direction = Literal["increasing", "decreasing"]
Task = Literal["binary", "multiclass", "regression"]

ROLES: tuple[str, ...] = get_args(Role)
TASKS: tuple[str, ...] = get_args(Task)

# Cyclic roles: the number of steps after which the values start again, and the first value.
CYCLES: dict[str, tuple[int, int]] = {"hour": (24, 0), "weekday": (7, 0), "month": (12, 1)}

OUT_OF_VOCABULARY_BUCKETS = 4
TEXT_BUCKETS = 1024

# The prefix of an input's name that is written in hexadecimal digits.
HEXADECIMAL = "column_in_hex_"


@dataclass(frozen=True)
class Feature:
    """One column that the model sees.

    Attributes:
        name: The column's name in the table.
        role: How the column is turned into model features.
        width: The length of each list of a `vector`; 0 for any other role.
    """

    name: str
    role: Role
    width: int = 0

    @classmethod
    def of(cls, name: str, role: str) -> "Feature":
        """Return the feature whose role is written as in the configuration: `numeric`, or `vector[64]`.

        Raises:
            ValueError: The role is unknown.
        """
        kind, width = role_of(role)
        return cls(name, kind, width)

    @property
    def written(self) -> str:
        """The role as the configuration writes it."""
        return f"vector[{self.width}]" if self.role == "vector" else self.role


@dataclass(frozen=True)
class FeatureSpec:
    """The label, the task and the features of one table.

    Attributes:
        label: The label's column.
        task: What is predicted from the features.
        features: The columns that the model sees, in the order of the configuration.
        vocabulary_size: The largest number of values that a categorical column keeps; rarer ones share the
            out-of-vocabulary buckets.
        text_buckets: The number of hash buckets that the words and pairs of words of a text share.
        weight: The column with the weight of each row, which is no feature; None if all rows weigh the same.
        order: The classes of an ordinal label, the lowest first; empty if classes have no order.
    """

    label: str
    task: Task
    features: tuple[Feature, ...]
    vocabulary_size: int = 10_000
    text_buckets: int = TEXT_BUCKETS
    weight: str | None = None
    order: tuple[str, ...] = ()

    def names(self, *roles: str) -> list[str]:
        """Return the names of the features with the given roles, or of all features."""
        return [feature.name for feature in self.features if not roles or feature.role in roles]

    def widths(self) -> dict[str, int]:
        """Return the width of each feature that is transformed into a vector, by name."""
        widths = {"vector": lambda feature: feature.width, "text": lambda feature: self.text_buckets}
        return {each.name: widths[each.role](each) for each in self.features if each.role in widths}

    def to_json(self) -> str:
        """Return the spec as JSON with a fixed order of keys, so that it can be part of a cache key."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "FeatureSpec":
        """Return the spec that `to_json` wrote."""
        fields = json.loads(text)
        fields["features"] = tuple(Feature(**feature) for feature in fields["features"])
        fields["order"] = tuple(fields.get("order", ()))
        return cls(**fields)


def role_of(text: str) -> tuple[Role, int]:
    """Return the role and the width that the configuration writes, such as `vector[64]`; the width is 0 without one.

    Raises:
        ValueError: There is no such role.
    """
    if text in ROLES and text != "vector":
        return cast(Role, text), 0
    found = re.fullmatch(r"vector\[([1-9][0-9]{0,5})\]", text)
    if not found:
        raise ValueError(f"no role {text!r}")
    return "vector", int(found[1])


def transformed_name(name: str, part: str = "") -> str:
    """Return the name of a transformed column: `fare` gives `fare_xf`, its part `missing` gives `fare_xf_missing`.

    The part comes last, so that no column has the name of another column's part. Keras accepts any name without a
    slash, so slashes are percent-encoded.
    """
    safe = name.replace("%", "%25").replace("/", "%2F")
    return f"{safe}_xf_{part}" if part else f"{safe}_xf"


def missing_flag(name: str) -> str:
    """Return the name of the missing-value flag of a transformed column or of a part of one."""
    parts = {part for columns in _PARTS.values() for _, part in columns}
    column, _, part = name.rpartition("_xf_")
    return f"{column}_xf_missing" if column and part in parts else f"{name}_missing"


def served_names(names: Iterable[str]) -> dict[str, str]:
    """Return the name of each column's input in a signature; all names differ, also if case is ignored.

    TensorFlow accepts only ASCII parameter names, and ignores case. If two names would be the same, the characters
    that are not allowed are replaced by their code points: of `a b` and `a_b`, the first becomes `au0020b`. Names that
    still clash are written in hexadecimal digits.
    """
    plain = {name: served_name(name) for name in names}
    shared = _shared(plain.values())
    served = {
        name: input_name if input_name == name or input_name.lower() not in shared else spelled_name(name)
        for name, input_name in plain.items()
    }
    shared = _shared(served.values())
    # A valid name is not changed, unless another valid name differs from it only in case.
    unchanged = _shared(input_name for name, input_name in served.items() if input_name == name)
    return {
        name: hexadecimal_name(name)
        if input_name.lower().startswith(HEXADECIMAL)
        or (input_name.lower() in (shared if input_name != name else unchanged))
        else input_name
        for name, input_name in served.items()
    }


def _shared(names: Iterable[str]) -> set[str]:
    counts = Counter(name.lower() for name in names)
    return {name for name, count in counts.items() if count > 1}


def served_name(name: str) -> str:
    """Return the name of a column's input if no other column has the same one: `unit price` gives `unit_price`."""
    return _parameter(re.sub(r"[^A-Za-z0-9_]", "_", name))


def spelled_name(name: str) -> str:
    """Return the name of a column's input with code points in place of characters that TensorFlow does not allow."""
    return _parameter(re.sub(r"[^A-Za-z0-9_]", lambda found: f"u{ord(found[0]):04x}", name))


def hexadecimal_name(name: str) -> str:
    """Return the name of a column's input in hexadecimal digits, which is different for each column."""
    return HEXADECIMAL + name.encode("utf-8", "surrogatepass").hex()


def column_name(served: str) -> str:
    """Return the column whose input name is in hexadecimal digits; any other name is returned unchanged."""
    try:
        name = bytes.fromhex(served.removeprefix(HEXADECIMAL)).decode("utf-8", "surrogatepass")
    except ValueError:
        return served
    return name if hexadecimal_name(name) == served else served


def _parameter(name: str) -> str:
    # The signature is a method, whose first parameter is `self`.
    is_free = name[:1].isalpha() and not keyword.iskeyword(name) and name != "self"
    return name if is_free else f"arg_{name}"


def transformed_names(spec: FeatureSpec) -> dict[str, list[str]]:
    """Return the names of the transformed columns that a model may use, by kind.

    Kinds are `number` (float32 [batch], scaled), `flag` (float32 [batch], 0 or 1), `category` (int64 [batch], 0 for
    missing, then the vocabulary in descending order of frequency, then the out-of-vocabulary buckets) and `vector`
    (float32 [batch, width]).
    """
    kinds: dict[str, list[str]] = {"number": [], "flag": [], "category": [], "vector": []}
    for feature in spec.features:
        for kind, part in _PARTS[feature.role]:
            kinds[kind].append(transformed_name(feature.name, part))
    return kinds


def raw_columns(spec: FeatureSpec) -> dict[str, str]:
    """Return the column of the table that each transformed column comes from."""
    return {
        transformed_name(feature.name, part): feature.name
        for feature in spec.features
        for _, part in _PARTS[feature.role]
    }


def missing_columns(received: Iterable[str], spec: FeatureSpec) -> list[str]:
    """Return the features that are not among the `received` columns, in the order of the spec."""
    present = set(received)
    return [name for name in spec.names() if name not in present]


_CYCLE_PARTS = [("number", "sin"), ("number", "cos"), ("flag", "missing")]
_PARTS: dict[str, list[tuple[str, str]]] = {
    "numeric": [("number", ""), ("flag", "missing")],
    "boolean": [("flag", ""), ("flag", "missing")],
    "categorical": [("category", "")],
    "timestamp": [
        ("number", ""),
        *[("number", f"{cycle}_{wave}") for cycle in CYCLES for wave in ("sin", "cos")],
        ("flag", "missing"),
    ],
    **dict.fromkeys(CYCLES, _CYCLE_PARTS),
    **dict.fromkeys(("text", "vector"), [("vector", ""), ("flag", "missing")]),
}
