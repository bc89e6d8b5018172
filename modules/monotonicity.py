"""Probes of a served model: whether its predictions only rise, or only fall, with the values of a column."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from penstock.core.documents.monotonicity import Probed

PROBES = 100_000
# Rows of a call; the rounding of float32 is no violation.
_BATCH, ROUNDING = 8192, 1e-6

Columns = Mapping[str, np.ndarray]


def grid_of(values: np.ndarray, count: int, *, whole: bool, seed: int = 20) -> np.ndarray:
    """Return rising values to set a column to: those that occur, values between them, and some beyond.

    Args:
        values: The values of the column, NaN where missing.
        count: The least number of values, unless whole numbers have fewer.
        whole: Whether the column has whole numbers only.
        seed: The seed of the values between.
    """
    known: np.ndarray = np.asarray(values[np.isfinite(values)], np.float64)
    if not len(known):
        return np.zeros(0)
    low, high = float(known.min()), float(known.max())
    spread = (high - low) or 1.0
    draw = np.random.default_rng(seed)
    quantiles: Any = np.quantile(known, np.linspace(0, 1, max(count // 2, 2)))
    between = draw.uniform(low - spread / 10, high + spread / 10, count)
    far = [low - 10 * spread, low - spread, high + spread, high + 10 * spread]
    grid = np.concatenate([quantiles, between, far])
    return np.unique(np.round(grid) if whole else grid.astype(np.float32).astype(np.float64))


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
    step = max(_BATCH // max(len(grid), 1), 1)
    for start in range(0, count, step):
        part = {each: values[start : start + step] for each, values in rows.items()}
        size = len(part[name])
        repeated = {each: np.repeat(values, len(grid), axis=0) for each, values in part.items()}
        repeated[name] = np.tile(grid, size).astype(part[name].dtype)
        scores = predict(repeated).reshape(size, len(grid)).astype(np.float64)
        falls = -sign * np.diff(scores, axis=1)
        broken = falls > ROUNDING * np.maximum(1.0, np.abs(scores[:, :-1]))
        violations += int(broken.sum())
        if broken.any() and falls.max() > largest:
            row, place = np.unravel_index(int(np.argmax(falls)), falls.shape)
            largest = float(falls.max())
            example = (float(grid[place]), float(grid[place + 1]), start + int(row))
    return Probed(
        column=name,
        direction=direction,
        probes=count * max(len(grid) - 1, 0),
        violations=violations,
        largest=largest,
        between=None if example is None else example[:2],
        row=None if example is None else example[2],
    )


def sizes(rows: int, columns: int) -> tuple[int, int]:
    """Return how many rows to probe, and how many values each, so that all columns together have enough probes."""
    probes = max(PROBES // columns, PROBES // 10)
    chosen = min(rows, max(int(np.sqrt(probes)) * 2, 1))
    return chosen, -(-probes // chosen) + 1


def spread_rows(count: int, chosen: int) -> Sequence[int]:
    """Return the positions of rows that are spread over all of them."""
    return np.unique(np.linspace(0, count - 1, chosen).round().astype(int)).tolist()
