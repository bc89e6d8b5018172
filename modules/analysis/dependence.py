"""Partial dependence with individual curves: what is predicted if a column has a value in each of the rows.

Methods: Friedman: Greedy Function Approximation, Annals of Statistics, 2001; Goldstein, Kapelner, Bleich, Pitkin:
Peeking Inside the Black Box, Journal of Computational and Graphical Statistics, 2015.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from modules.analysis.sample import Predict, Sample, kind_of, text_of
from penstock.core.documents.analysis import Dependence

ROWS = 200
_CURVES = 25
_GRID = 16
_CATEGORIES = 7
# A column of more different texts, such as one of free text, has no frequent values to vary.
_LEAST_SHARE = 0.01


def dependence(sample: Sample, predict: Predict, columns: Iterable[str], most: int) -> tuple[Dependence, ...]:
    """Return the dependence of the first columns that have values to vary, at most `most` of them."""
    found = _found(sample.first(ROWS), predict, {name: sample.columns[name] for name in columns})
    return tuple(each for each, _ in zip(found, range(most), strict=False))


def _found(sample: Sample, predict: Predict, columns: dict[str, np.ndarray]) -> Iterator[Dependence]:
    for name, values in columns.items():
        is_number = kind_of(values) == "number" and name not in sample.categorical
        grid = _grid(values, is_number=is_number)
        if len(grid) < 2:
            continue
        curves = _varied(sample, predict, name, grid)
        yield Dependence(
            column=name,
            kind="number" if is_number else "category",
            numbers=tuple(map(float, grid)) if is_number else (),
            categories=() if is_number else tuple(map(_named, grid)),
            output=next(iter(sample.classes), ""),
            means=_rounded(curves.mean(axis=0)),
            rows=tuple(_rounded(curve) for curve in curves[:_CURVES]),
        )


def _varied(sample: Sample, predict: Predict, column: str, grid: np.ndarray) -> np.ndarray:
    """Return the predictions with each value of a column, [rows, values]; of several classes those of the first."""
    repeated = {name: np.concatenate([values] * len(grid)) for name, values in sample.columns.items()}
    kind = sample.columns[column].dtype
    scores = predict({**repeated, column: np.repeat(grid.astype(kind), len(sample))})
    return (scores if scores.ndim == 1 else scores[:, 0]).reshape(len(grid), -1).T


def _named(value: Any) -> str:
    if isinstance(value, float):
        return "(missing)" if np.isnan(value) else f"{value:.17g}"
    return text_of(value) or "(missing)"


def _grid(values: np.ndarray, *, is_number: bool) -> np.ndarray:
    if kind_of(values) == "vector":
        return values[:0, 0]
    if not is_number:
        found, counts = np.unique(values, return_counts=True)
        order = np.argsort(-counts, kind="stable")
        frequent = order[counts[order] >= _LEAST_SHARE * len(values)]
        return np.asarray(found[frequent[:_CATEGORIES]])
    known = values[~np.isnan(values)]
    if not len(known):
        return known
    different = np.unique(known)
    if len(different) <= 2 * _GRID:
        return different
    # The outermost values are rare: the model says little about them. Values between two others are not taken: a model
    # refuses a fraction in a column of whole numbers.
    return np.unique(np.quantile(known, np.linspace(0.02, 0.98, _GRID), method="nearest"))


def _rounded(values: np.ndarray) -> tuple[float, ...]:
    return tuple(float(f"{value:.4g}") for value in values)
