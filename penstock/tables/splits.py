"""The splits of a table: their names, their ratios, and the rule that assigns rows to them."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace

BUCKETS = 10_000
SMALLEST_RATIO = 1 / BUCKETS
NAMES = "names of letters, digits, _ and - (not source or quarantined)"
# Valid names of TFX's split folders; the two excluded ones are other counts in the row count document.
_NAME = r"(?!(source|quarantined)$)[A-Za-z0-9][A-Za-z0-9_-]*"


@dataclass(frozen=True)
class Splits:
    """Named splits with their numbers of buckets, and the rule: a hash, the values of a column, or time.

    Attributes:
        buckets: Split and number of buckets, in order; with `time` the oldest first.
        key: The column that is hashed, so that rows with one key are in one split; None to hash the features.
        column: The column whose values name the splits; the buckets are then ignored.
        time: The column by whose order rows are split.
        features: The model's features, which are hashed; empty for all columns.
        label: The column that is predicted; two rows with one label and the same features are one example.
    """

    buckets: tuple[tuple[str, int], ...]
    key: str | None = None
    column: str | None = None
    time: str | None = None
    features: tuple[str, ...] = ()
    label: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The splits' names, in order."""
        return tuple(name for name, _ in self.buckets)

    def to_json(self) -> str:
        """Return the splits as JSON for `from_json`."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Splits":
        """Return the splits that `to_json` wrote."""
        fields = json.loads(text)
        buckets = tuple((name, share) for name, share in fields.pop("buckets"))
        return cls(buckets, **{**fields, "features": tuple(fields["features"])})

    def of(self, features: Iterable[str], label: str) -> "Splits":
        """Return the splits of examples with these features, in any order, and this label."""
        return replace(self, features=tuple(sorted(features)), label=label)


def train_eval(eval_ratio: float, key: str | None = None) -> Splits:
    """Return the two splits `train` and `eval` with the given ratio for `eval`."""
    return Splits(_buckets({"train": 1 - eval_ratio, "eval": eval_ratio}), key)


def by_hash(ratios: Mapping[str, float], key: str | None = None) -> Splits:
    """Return splits by a hash of the features, or of a key."""
    return Splits(_buckets(ratios), key)


def by_time(ratios: Mapping[str, float], time: str) -> Splits:
    """Return splits by the order of a column; the first has the oldest rows, the last the newest."""
    return Splits(_buckets(ratios), time=time)


def by_column(column: str) -> Splits:
    """Return splits that a column's values name; `train` and `eval` are among them."""
    return Splits((("train", 1), ("eval", 1)), column=column)


def _buckets(ratios: Mapping[str, float]) -> tuple[tuple[str, int], ...]:
    """Return whole numbers of buckets that add up to all, at least one for each split."""
    names, total = list(ratios), sum(ratios.values())
    assigned, ratio, buckets = 0, 0.0, []
    for position, name in enumerate(names):
        ratio += ratios[name] / total
        left = len(names) - position - 1
        end = min(max(round(ratio * BUCKETS), assigned + 1), BUCKETS - left)
        buckets.append((name, end - assigned))
        assigned = end
    return tuple(buckets)


def is_below_one_bucket(ratio: float) -> bool:
    """Say whether a ratio is less than one bucket, the least that a split gets."""
    return ratio < SMALLEST_RATIO * (1 - 1e-9)


def is_split_name(name: str) -> bool:
    """Say whether a split can have that name."""
    return re.fullmatch(_NAME, name) is not None
