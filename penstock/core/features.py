"""The columns of a table and their roles: the one place that knows names. Standard library only."""

import json
import keyword
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal, cast, get_args

Role = Literal["numeric", "categorical", "boolean", "timestamp", "hour", "weekday", "month", "text", "vector"]
Task = Literal["binary", "multiclass", "regression"]

ROLES: tuple[str, ...] = get_args(Role)
TASKS: tuple[str, ...] = get_args(Task)

# Cyclic roles: the number of steps after which the values start again, and the first value.
CYCLES: dict[str, tuple[int, int]] = {"hour": (24, 0), "weekday": (7, 0), "month": (12, 1)}

OUT_OF_VOCABULARY_BUCKETS = 4
TEXT_BUCKETS = 1024

# What an input's name begins with where the rest are hexadecimal digits.
HEXADECIMAL = "column_in_hex_"


@dataclass(frozen=True)
class Feature:
    """One column that the model sees.

    Attributes:
        name: The column's name in the table.
        role: How the column is turned into model features.
        width: The numbers in each list of a `vector`; 0 for any other role.
    """

    name: str
    role: Role
    width: int = 0

    @classmethod
    def of(cls, name: str, role: str) -> "Feature":
        """Return the feature whose role is written as in the configuration: `numeric`, or `vector[64]`.

        Raises:
            ValueError: There is no such role.
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
        text_buckets: The numbers that a text becomes: its words and pairs of words share so many buckets.
    """

    label: str
    task: Task
    features: tuple[Feature, ...]
    vocabulary_size: int = 10_000
    text_buckets: int = TEXT_BUCKETS

    def names(self, *roles: str) -> list[str]:
        """Return the features' names, those of the given roles or all."""
        return [feature.name for feature in self.features if not roles or feature.role in roles]

    def widths(self) -> dict[str, int]:
        """Return the width of each feature that becomes a vector."""
        widths = {"vector": lambda feature: feature.width, "text": lambda feature: self.text_buckets}
        return {each.name: widths[each.role](each) for each in self.features if each.role in widths}

    def to_json(self) -> str:
        """Return the spec as JSON with a fixed order of keys, fit for a cache key."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "FeatureSpec":
        """Return the spec that `to_json` wrote."""
        fields = json.loads(text)
        fields["features"] = tuple(Feature(**feature) for feature in fields["features"])
        return cls(**fields)


def role_of(text: str) -> tuple[Role, int]:
    """Return a role and its width, 0 where it has none, from how the configuration writes it: `vector[64]`.

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

    The part comes last, so that no column is ever named like the part of another. Keras takes any name but one with a
    slash, which is therefore written as in an address.
    """
    safe = name.replace("%", "%25").replace("/", "%2F")
    return f"{safe}_xf_{part}" if part else f"{safe}_xf"


def missing_flag(name: str) -> str:
    """Return the name that the flag for a missing value has, of a transformed column or a part of one."""
    parts = {part for columns in _PARTS.values() for _, part in columns}
    column, _, part = name.rpartition("_xf_")
    return f"{column}_xf_missing" if column and part in parts else f"{name}_missing"


def served_names(names: Iterable[str]) -> dict[str, str]:
    """Return the name of each column's input in a signature; no two are the same, in whatever case.

    TensorFlow allows only ASCII that names a parameter, and does not tell capital letters from small ones. Of names
    that would become the same, those that change have their signs spelled: of `a b` and `a_b`, the first becomes
    `au0020b`. Where that does not help either, all their bytes are written in hexadecimal digits.
    """
    plain = {name: served_name(name) for name in names}
    shared = _shared(plain.values())
    served = {
        name: mine if mine == name or mine.lower() not in shared else spelled_name(name) for name, mine in plain.items()
    }
    shared = _shared(served.values())
    # A name that can stay as it is does so, unless another of the same letters can as well.
    own = _shared(mine for name, mine in served.items() if mine == name)
    return {
        name: hexadecimal_name(name)
        if mine.lower().startswith(HEXADECIMAL) or (mine.lower() in (shared if mine != name else own))
        else mine
        for name, mine in served.items()
    }


def _shared(names: Iterable[str]) -> set[str]:
    counts = Counter(name.lower() for name in names)
    return {name for name, count in counts.items() if count > 1}


def served_name(name: str) -> str:
    """Return the name of a column's input where no other column becomes the same: `unit price` gives `unit_price`."""
    return _parameter(re.sub(r"[^A-Za-z0-9_]", "_", name))


def spelled_name(name: str) -> str:
    """Return the name of a column's input with the code points of all signs that TensorFlow does not allow."""
    return _parameter(re.sub(r"[^A-Za-z0-9_]", lambda sign: f"u{ord(sign[0]):04x}", name))


def hexadecimal_name(name: str) -> str:
    """Return the name of a column's input with its bytes in hexadecimal digits: those of two columns always differ."""
    return HEXADECIMAL + name.encode("utf-8", "surrogatepass").hex()


def column_name(served: str) -> str:
    """Return the column of an input whose name is written in hexadecimal digits; another name as it is."""
    try:
        name = bytes.fromhex(served.removeprefix(HEXADECIMAL)).decode("utf-8", "surrogatepass")
    except ValueError:
        return served
    return name if hexadecimal_name(name) == served else served


def _parameter(name: str) -> str:
    # The signature is a method: `self` is taken.
    is_free = name[:1].isalpha() and not keyword.iskeyword(name) and name != "self"
    return name if is_free else f"arg_{name}"


def transformed_names(spec: FeatureSpec) -> dict[str, list[str]]:
    """Return the transformed columns that a model may use, by kind.

    Kinds are `number` (float32, scaled), `flag` (float32, 0 or 1) and `category` (int64, 0 for missing, then the
    vocabulary by falling frequency, then the out-of-vocabulary buckets) and `vector` (float32 [batch, width]).
    """
    kinds: dict[str, list[str]] = {"number": [], "flag": [], "category": [], "vector": []}
    for feature in spec.features:
        for kind, part in _PARTS[feature.role]:
            kinds[kind].append(transformed_name(feature.name, part))
    return kinds


def missing_columns(received: Iterable[str], spec: FeatureSpec) -> list[str]:
    """Return the feature columns that `received` lacks, in the order of the spec."""
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
