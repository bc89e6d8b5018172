"""Probes of a served model: whether its predictions only rise, or only fall, with the values of a column."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from penstock.core.documents.monotonicity import OF_EACH, PROBES, Probed

# Rows of a call; the rounding of float32 is no violation.
_BATCH, ROUNDING = 8192, 1e-6
# How far beyond its values a column is set, as a multiple of their range; at least so many whole numbers.
_REACH, _LEAST_REACH = 10, 100
_GREATEST, _GREATEST_WHOLE = float(np.finfo(np.float32).max), 2.0**63 - 1024

Columns = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Span:
    """What a column can be set to: its range, the distance of neighbouring values, and how far beyond it may go."""

    low: float
    high: float
    unit: float
    reach: float
    whole: bool

    @classmethod
    def of(cls, values: np.ndarray, *, whole: bool) -> "Span | None":
        """Return the span of a column, NaN where missing; None without a value."""
        known = _known(values)
        if not len(known):
            return None
        low, high = float(known.min()), float(known.max())
        most = max(abs(low), abs(high))
        if whole:
            unit = max(1.0, float(np.spacing(most)))
            return cls(low, high, unit, max(_REACH * (high - low), _LEAST_REACH * unit), whole)
        # The values of a column may differ by less than float32 can represent next to them.
        unit = float(np.spacing(np.float32(most)))
        return cls(low, high, unit, max(_REACH * ((high - low) or 1.0), PROBES * unit), whole)

    @property
    def most(self) -> int:
        """The number of values that a grid can have; of numbers that are not whole there are always enough."""
        if not self.whole:
            return 2 * PROBES
        low, high = max(self.low - self.reach, -_GREATEST_WHOLE), min(self.high + self.reach, _GREATEST_WHOLE)
        return int((high - low) // self.unit) + 1

    def rounded(self, values: np.ndarray) -> np.ndarray:
        """Return rising values as the column can have them."""
        greatest = _GREATEST_WHOLE if self.whole else _GREATEST
        kept = np.clip(values, -greatest, greatest)
        return np.unique(np.round(kept) if self.whole else kept.astype(np.float32).astype(np.float64))

    def beyond(self, count: int) -> np.ndarray:
        """Return values below and above the range: the nearest whole numbers, or evenly spaced ones."""
        steps = np.arange(1, min(count, int(self.reach // self.unit)) + 1) * self.unit
        away = steps if self.whole else np.linspace(0, self.reach, count + 1)[1:]
        return np.concatenate([self.low - away, self.high + away])


@dataclass(frozen=True)
class Plan:
    """The probes of a column: the number of rows, and the values that it is set to in each."""

    rows: int
    grid: np.ndarray

    @property
    def probes(self) -> int:
        """The number of pairs of a row with neighbouring values."""
        return self.rows * max(len(self.grid) - 1, 0)


def plans(columns: Mapping[str, tuple[np.ndarray, bool]]) -> dict[str, Plan]:
    """Return the probes of each column: together PROBES and OF_EACH in each, where rows and possible values allow it.

    Args:
        columns: By name the values in all rows, NaN where missing, and whether they are whole numbers.
    """
    spans = {name: Span.of(values, whole=whole) for name, (values, whole) in columns.items()}
    most = {
        name: len(columns[name][0]) * max(span.most - 1, 0) if span is not None else 0 for name, span in spans.items()
    }
    wanted = _shared(most)
    return {
        name: Plan(0, np.zeros(0)) if span is None else _plan(span, columns[name][0], wanted[name])
        for name, span in spans.items()
    }


def _shared(most: Mapping[str, int]) -> dict[str, int]:
    """Return the probes of each column; those that a column cannot have, others have instead."""
    wanted: dict[str, int] = {}
    left = PROBES
    for name in sorted(most, key=lambda each: most[each]):
        share = max(-(-left // (len(most) - len(wanted))), OF_EACH)
        wanted[name] = min(share, most[name])
        left = max(left - wanted[name], 0)
    return wanted


def _plan(span: Span, values: np.ndarray, probes: int) -> Plan:
    """Return a plan of a column with at least so many probes, which it can have."""
    preferred = min(len(values), max(int(np.sqrt(probes)) * 2, 1))
    count = -(-probes // preferred) + 1
    # More rows say more than whole numbers beyond the range.
    grid = grid_of(span, values, count, least=-(-probes // len(values)) + 1 if span.whole else count)
    rows = -(-probes // max(len(grid) - 1, 1))
    return Plan(min(len(values), max(rows, preferred)), grid)


def grid_of(span: Span, values: np.ndarray, count: int, *, least: int, seed: int = 20) -> np.ndarray:
    """Return rising values to set a column to: those that occur, values between them, and some beyond.

    Args:
        span: What the column can be set to.
        values: The values of the column, NaN where missing.
        count: The number of values between; whole numbers may have fewer.
        least: The least number of all values. What is missing to it is beyond the range.
        seed: The seed of the values between.
    """
    low, high = span.low, span.high
    spread = (high - low) or 1.0
    if span.whole:
        between = np.linspace(low, high, min(count, int((high - low) // span.unit) + 1))
    else:
        between = np.random.default_rng(seed).uniform(low - spread / 10, high + spread / 10, count)
    quantiles = np.quantile(_known(values), np.linspace(0, 1, max(count // 2, 2)))
    far = [low - _REACH * spread, low - spread, high + spread, high + _REACH * spread]
    grid = span.rounded(np.concatenate([quantiles, between, far]))
    lacking = least - len(grid)
    if lacking <= 0:
        return grid
    more = np.setdiff1d(span.rounded(span.beyond(least)), grid)
    nearest = np.argsort(np.maximum(low - more, more - high), kind="stable")
    return np.union1d(grid, more[nearest[:lacking]] if span.whole else more)


def _known(values: np.ndarray) -> np.ndarray:
    return np.asarray(values[np.isfinite(values)], np.float64)


def probed(
    predict: Callable[[Columns], np.ndarray], rows: Columns, name: str, grid: np.ndarray, direction: str
) -> Probed:
    """Return how often a prediction moves against the direction between neighbouring values of a grid.

    Args:
        predict: Maps columns to a prediction per row.
        rows: The rows, by the name of the input.
        name: The input to set.
        grid: Its values, rising.
        direction: `increasing` or `decreasing`.
    """
    sign = 1 if direction == "increasing" else -1
    count, violations, largest, example = len(rows[name]), 0, 0.0, None
    for start, part, values in _calls(rows, name, grid):
        size = len(part[name])
        repeated = {each: np.repeat(column, len(values), axis=0) for each, column in part.items()}
        repeated[name] = np.tile(values, size).astype(part[name].dtype)
        scores = predict(repeated).reshape(size, len(values)).astype(np.float64)
        falls = _falls(scores, sign)
        violations += int(np.count_nonzero(falls))
        if falls.max(initial=0.0) > largest:
            row, place = np.unravel_index(int(np.argmax(falls)), falls.shape)
            largest = float(falls.max())
            example = (float(values[place]), float(values[place + 1]), start + int(row))
    return Probed(
        column=name,
        direction=direction,
        rows=count,
        probes=count * max(len(grid) - 1, 0),
        violations=violations,
        largest=largest,
        between=None if example is None else example[:2],
        row=None if example is None else example[2],
    )


def _calls(rows: Columns, name: str, grid: np.ndarray) -> Iterator[tuple[int, dict[str, np.ndarray], np.ndarray]]:
    """Yield some rows, the position of the first of them, and the part of the grid to set them to.

    The parts of a grid that is too long for a call have one value in common.
    """
    step = max(_BATCH // max(len(grid), 1), 1)
    for start in range(0, len(rows[name]), step):
        part = {each: values[start : start + step] for each, values in rows.items()}
        for place in range(0, max(len(grid) - 1, 1), _BATCH - 1):
            yield start, part, grid[place : place + _BATCH]


def _falls(scores: np.ndarray, sign: int) -> np.ndarray:
    """Return by how much each prediction is on the wrong side of the one before it, 0 if it is not."""
    before, after = sign * scores[:, :-1], sign * scores[:, 1:]
    # The difference of two infinite predictions is no number.
    falls = np.subtract(before, after, out=np.zeros_like(before), where=before != after)
    # Numbers near zero are compared with the largest prediction of their row: those of a label of 1e-8 are all below 1.
    finite = np.where(np.isfinite(scores), np.abs(scores), 0.0).max(axis=1, keepdims=True)
    sizes = np.maximum(np.minimum(1.0, finite), np.minimum(np.abs(before), np.abs(after)))
    broken = (falls > ROUNDING * sizes) | np.isposinf(falls)
    return np.where(np.isnan(falls), np.inf, np.where(broken, falls, 0.0))


def spread_rows(count: int, chosen: int) -> Sequence[int]:
    """Return the positions of rows that are spread over all of them."""
    return np.unique(np.linspace(0, count - 1, chosen).round().astype(int)).tolist()
