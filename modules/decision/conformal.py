"""Split-conformal prediction: the quantiles that intervals and sets of classes have their coverage from.

Methods: Vovk, Gammerman, Shafer: Algorithmic Learning in a Random World, 2005 (also by slice: Mondrian conformal
prediction); Lei, G'Sell, Rinaldo, Tibshirani, Wasserman: Distribution-Free Predictive Inference for Regression, JASA
2018 (intervals from absolute residuals); Sadinle, Lei, Wasserman: Least Ambiguous Set-Valued Classifiers with Bounded
Error Levels, JASA 2019 (sets of classes).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from penstock.core.errors import NodeError


@dataclass(frozen=True)
class Quantiles:
    """The quantile of the nonconformity scores of all rows, and of each slice with enough rows.

    Attributes:
        overall: The quantile of all rows.
        rows: The number of rows.
        slices: The value, the quantile and the number of rows of each slice, by falling number of rows.
    """

    overall: float
    rows: int
    slices: tuple[tuple[Any, float, int], ...] = ()


def nonconformity(task: str, scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return how far each label is from its prediction, [rows], float64.

    Args:
        task: For a regression it is the absolute residual, for classes one minus the probability of the true class.
        scores: The predictions, [rows, units].
        labels: The labels, [rows]; a class that training did not have is as far as possible.
    """
    scores = np.asarray(scores, np.float32).astype(np.float64)
    if task == "regression":
        return np.abs(np.asarray(labels, np.float32).astype(np.float64) - scores[:, 0])
    if task == "binary":
        return np.where(np.asarray(labels) > 0.5, 1 - scores[:, 0], scores[:, 0])
    places = np.asarray(labels).astype(np.int64)
    known = (places >= 0) & (places < scores.shape[1])
    return np.where(known, 1 - scores[np.arange(len(places)), np.where(known, places, 0)], np.inf)


def conformal_quantile(distances: np.ndarray, coverage: float) -> float:
    """Return the ceil((n + 1) * coverage)-th smallest distance; infinity if there are too few rows for the coverage."""
    rank = rank_of(len(distances), coverage)
    return math.inf if rank > len(distances) else float(np.partition(distances, rank - 1)[rank - 1])


def rank_of(rows: int, coverage: float) -> int:
    """Return ceil((rows + 1) * coverage), without the error of a product of binary fractions."""
    return math.ceil(round((rows + 1) * coverage, 9))


def quantiles_of(
    distances: np.ndarray, coverage: float, values: Sequence[Any] | None = None, *, min_rows: int = 0
) -> Quantiles:
    """Return the quantiles of rows.

    Args:
        distances: The nonconformity of each row.
        coverage: The share of the labels to cover.
        values: The value of each row in the column of the slices, None where missing; None without slices.
        min_rows: A slice of fewer rows has the quantile of all rows.

    Raises:
        NodeError: There are too few rows, or too many labels that the model does not know.
    """
    overall = conformal_quantile(distances, coverage)
    if not math.isfinite(overall):
        raise NodeError(
            f"decision.coverage {coverage:g}",
            f"at least {math.ceil(round(1 / (1 - coverage), 9)) - 1} rows to calibrate on, with labels of training",
            f"{len(distances)}, {np.isfinite(distances).sum()} of them with such a label",
            "use more rows, or a lower coverage",
        )
    slices: list[tuple[Any, float, int]] = []
    groups: dict[Any, list[int]] = {}
    for row, value in enumerate(values or ()):
        if value is not None:
            groups.setdefault(value, []).append(row)
    for value, rows in sorted(groups.items(), key=lambda item: (-len(item[1]), str(item[0]))):
        quantile = conformal_quantile(distances[rows], coverage)
        if len(rows) >= min_rows and math.isfinite(quantile):
            slices.append((value, quantile, len(rows)))
    return Quantiles(overall, len(distances), tuple(slices))
