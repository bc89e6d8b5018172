"""The splits of a table: their names, their shares, and what decides between them."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass

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
        key: The column that is hashed, so that its values are kept together; None for the whole row.
        column: The column whose values name the splits; the buckets say nothing then.
        time: The column whose order decides.
    """

    buckets: tuple[tuple[str, int], ...]
    key: str | None = None
    column: str | None = None
    time: str | None = None

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
        return cls(buckets, **fields)


def train_eval(eval_share: float, key: str | None = None) -> Splits:
    """Return the two splits `train` and `eval` with the given share for `eval`."""
    return Splits(_buckets({"train": 1 - eval_share, "eval": eval_share}), key)


def by_hash(ratios: Mapping[str, float], key: str | None = None) -> Splits:
    """Return splits that a hash of the row, or of a key, decides."""
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
