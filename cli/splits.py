"""What a person should know of the splits: rows without a key, shares that were not kept, rows in two splits."""

from collections.abc import Iterator, Mapping
from math import sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.data_documents import SplitReport

# A share is kept within so many points, or within what chance may do; more of eval in train than the last is warned of.
_POINTS, _DEVIATIONS, _REPEATED = 0.05, 6, 0.01


def split_lines(split: "SplitReport | None", rows: Mapping[str, int]) -> list[str]:
    """Return a line for each thing to know; none where each split is as it was asked for.

    Args:
        split: What ExampleGen noted of the splits.
        rows: The rows of each split.
    """
    if not split or not rows:
        return []
    return [*_undecided(split, rows), *_shares(split, rows), *_repeated(split, rows)]


def _undecided(split: "SplitReport", rows: Mapping[str, int]) -> Iterator[str]:
    total = sum(rows.values())
    if split.without_key:
        yield f"{split.without_key:,} of {total:,} rows have no {split.column!r}: split by their features"
    if split.by == "rows" and split.combinations:
        yield f"Split by whole rows: the features have {split.combinations:,} combinations in {total:,} rows"
    others = {name: count for name, count in rows.items() if name not in ("train", "eval")}
    if split.by == "column" and others:
        listed = ", ".join(f"{name} {count:,}" for name, count in others.items())
        yield f"{sum(others.values()):,} of {total:,} rows are in neither train nor eval: {listed}"


def _shares(split: "SplitReport", rows: Mapping[str, int]) -> Iterator[str]:
    total = sum(rows.values())
    far = [
        f"{name} has {rows.get(name, 0) / total:.1%} of the rows, {share:.1%} was asked for"
        for name, share in split.shares.items()
        if abs(rows.get(name, 0) / total - share) > max(_POINTS, _DEVIATIONS * sqrt(share * (1 - share) / total))
    ]
    if far:
        together = {"key": f"one {split.column!r}", "time": "one moment", "features": "the same features"}
        yield f"Warning: {far[0]}: rows with {together.get(split.by, 'the same values')} stay together"


def _repeated(split: "SplitReport", rows: Mapping[str, int]) -> Iterator[str]:
    if repeated := split.repeated:
        share = repeated / rows["eval"]
        warning = "Warning: " if share > _REPEATED else ""
        of_eval = f"{repeated:,} of {rows['eval']:,} rows of eval ({share:.1%})"
        yield f"{warning}{of_eval} are in train too, features and label"
