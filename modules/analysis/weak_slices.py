"""The slices of one or two columns on which a model is worst, corrected for the number of slices that were tested.

Each slice is compared with all other rows by Welch's t-test, one-sided, with Holm's correction: Holm: A Simple
Sequentially Rejective Multiple Test Procedure, Scandinavian Journal of Statistics, 1979. This searches the slices that
Chung, Kraska, Polyzotis, Tae, Whang: Slice Finder, ICDE 2019 define.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr

from modules.analysis.sample import Sample, kind_of, text_of
from penstock.core.documents.analysis import Condition, WeakSlice

LEAST_ROWS = 50
MOST = 10
_LEVEL = 0.05
_LEAST_SHARE = 0.01
_CATEGORIES = 12
_BINS = 4
# A slice of two columns has to be worse than the slices of one by this part of its distance from all rows.
_MARGIN = 0.25


@dataclass(frozen=True)
class _Tests:
    """The tests of pairs of conditions: rows, mean loss, that of all other rows, corrected p-value; [n, n] each."""

    rows: np.ndarray
    loss: np.ndarray
    others: np.ndarray
    p: np.ndarray
    tested: int


def weak_slices(sample: Sample, losses: np.ndarray) -> tuple[tuple[WeakSlice, ...], int]:
    """Return the slices with a greater loss, the greatest first, and the number of slices that were tested."""
    conditions, members = _conditions(sample)
    if not conditions or not np.isfinite(losses).all():
        return (), 0
    columns = np.array([list(sample.columns).index(each.column) for each in conditions])
    tests = _tested(members, losses, columns)
    kept: list[tuple[int, int]] = []
    found = np.argwhere(np.triu(tests.p < _LEVEL))
    excess = tests.loss - tests.others
    for one, other in sorted(found.tolist(), key=lambda pair: (-excess[pair[0], pair[1]], pair)):
        pair = (one, other)
        if _adds(pair, excess) and not any(_overlap(members, pair, before) for before in kept):
            kept.append(pair)
    return tuple(_slice(conditions, tests, pair) for pair in kept[:MOST]), tests.tested


def _slice(conditions: list[Condition], tests: _Tests, pair: tuple[int, int]) -> WeakSlice:
    return WeakSlice(
        conditions=tuple(conditions[n] for n in dict.fromkeys(pair)),
        rows=int(tests.rows[pair]),
        loss=float(tests.loss[pair]),
        others=float(tests.others[pair]),
        p=float(tests.p[pair]),
    )


def _adds(pair: tuple[int, int], excess: np.ndarray) -> bool:
    """Say whether a slice of two columns is clearly worse than both slices of one of them."""
    one, other = pair
    alone = max(excess[one, one], excess[other, other])
    return one == other or bool(excess[pair] > alone + _MARGIN * abs(alone))


def _overlap(members: np.ndarray, pair: tuple[int, int], before: tuple[int, int]) -> bool:
    """Say whether two slices have mostly the same rows."""
    rows, others = (members[:, each].all(axis=1) for each in (list(pair), list(before)))
    return bool((rows & others).sum() > 0.8 * min(rows.sum(), others.sum()))


def _tested(members: np.ndarray, losses: np.ndarray, columns: np.ndarray) -> _Tests:
    """Test each condition, and each pair of conditions of two columns."""
    inside, mean = members.astype(np.float64), losses.mean()
    losses = losses - mean  # squares of great numbers that are close together would lose digits
    rows = inside.T @ inside
    sums, squares = (inside.T @ (inside * power[:, None]) for power in (losses, losses**2))
    total, most = len(losses), len(losses) - LEAST_ROWS
    least = max(LEAST_ROWS, _LEAST_SHARE * total)
    with np.errstate(invalid="ignore", divide="ignore"):
        loss, others = sums / rows, (losses.sum() - sums) / (total - rows)
        spread = (squares / rows - loss**2) * rows / (rows - 1)
        outside = total - rows
        rest = (((losses**2).sum() - squares) / outside - others**2) * outside / (outside - 1)
        error, error_of_rest = np.maximum(spread, 0) / rows, np.maximum(rest, 0) / outside
        t = (loss - others) / np.sqrt(error + error_of_rest)
        freedom = (error + error_of_rest) ** 2 / (error**2 / (rows - 1) + error_of_rest**2 / (outside - 1))
    valid = (rows >= least) & (rows <= most) & np.isfinite(t) & np.isfinite(freedom)
    valid &= (columns[:, None] != columns[None, :]) | np.eye(len(columns), dtype=bool)
    valid = np.triu(valid)
    p = np.ones(rows.shape)
    p[valid] = _holm(stdtr(freedom[valid], -t[valid]))
    return _Tests(rows, loss + mean, others + mean, p, int(valid.sum()))


def _holm(p: np.ndarray) -> np.ndarray:
    order = np.argsort(p, kind="stable")
    corrected = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    found = np.empty(len(p))
    found[order] = np.minimum(corrected, 1)
    return found


def _conditions(sample: Sample) -> tuple[list[Condition], np.ndarray]:
    """Return the conditions, and which rows meet them, [rows, conditions]."""
    conditions, members = [], []
    least = max(LEAST_ROWS, _LEAST_SHARE * len(sample))
    for name, values in sample.viewed.items():
        for condition, rows in _of_column(name, values):
            if least <= rows.sum() < len(sample):
                conditions.append(condition)
                members.append(rows)
    return conditions, np.stack(members, axis=1) if members else np.zeros((len(sample), 0), bool)


def _of_column(name: str, values: np.ndarray) -> Iterator[tuple[Condition, np.ndarray]]:
    kind = kind_of(values)
    if kind == "text":
        found, codes, counts = np.unique(values, return_inverse=True, return_counts=True)
        for code in np.argsort(-counts, kind="stable")[:_CATEGORIES]:
            text = text_of(found[code])
            yield Condition(column=name, category=text or None, missing=not text), codes == code
    elif kind == "number":
        missing = np.isnan(values)
        yield Condition(column=name, missing=True), missing
        known = values[~missing]
        edges = np.unique(np.quantile(known, np.linspace(0, 1, _BINS + 1)[1:-1])) if len(known) else known
        bounds = [None, *map(float, edges), None]
        for low, high in zip(bounds, bounds[1:], strict=False):
            rows = (
                ~missing & (values >= (-np.inf if low is None else low)) & (values < (np.inf if high is None else high))
            )
            yield Condition(column=name, low=low, high=high), rows
