"""The splits of a table: their names, their shares, and what decides between them."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace

BUCKETS = 10_000
LEAST = 1 / BUCKETS
NAMES = "names of letters, digits, _ and - (not source or quarantined)"
# What TFX can use as the name of a folder; the other two are counts beside the splits' own.
_NAME = r"(?!(source|quarantined)$)[A-Za-z0-9][A-Za-z0-9_-]*"


@dataclass(frozen=True)
class Splits:
    """Named splits, each with its number of the buckets, and what decides: a hash, a column's values, or time.

    Attributes:
        buckets: Split and number of buckets, in order; with `time` the oldest first.
        key: The column that is hashed, so that its values are kept together; None for what the model sees of a row.
        column: The column whose values name the splits; the buckets say nothing then.
        time: The column whose order decides.
        features: The columns that the model sees, which are hashed; none for all columns.
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
        """Return the splits as text, from which `from_json` makes them again."""
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


def train_eval(eval_share: float, key: str | None = None) -> Splits:
    """Return the two splits `train` and `eval` with the given share for `eval`."""
    return Splits(_buckets({"train": 1 - eval_share, "eval": eval_share}), key)


def by_hash(ratios: Mapping[str, float], key: str | None = None) -> Splits:
    """Return splits that a hash of what the model sees of a row, or of a key, decides."""
    return Splits(_buckets(ratios), key)


def by_time(ratios: Mapping[str, float], time: str) -> Splits:
    """Return splits by the order of a column; the first has the oldest rows, the last the newest."""
    return Splits(_buckets(ratios), time=time)


def by_column(column: str) -> Splits:
    """Return splits that a column's values name; `train` and `eval` are among them."""
    return Splits((("train", 1), ("eval", 1)), column=column)


def _buckets(ratios: Mapping[str, float]) -> tuple[tuple[str, int], ...]:
    """Return whole numbers of buckets that add up, at least one for each split."""
    names, total = list(ratios), sum(ratios.values())
    reached, share, buckets = 0, 0.0, []
    for position, name in enumerate(names):
        share += ratios[name] / total
        left = len(names) - position - 1
        end = min(max(round(share * BUCKETS), reached + 1), BUCKETS - left)
        buckets.append((name, end - reached))
        reached = end
    return tuple(buckets)


def is_too_small(share: float) -> bool:
    """Say whether a split would get more rows than its share, because none gets less than a bucket."""
    return share < LEAST * (1 - 1e-9)


def is_split_name(name: str) -> bool:
    """Say whether a split can have that name."""
    return re.fullmatch(_NAME, name) is not None
