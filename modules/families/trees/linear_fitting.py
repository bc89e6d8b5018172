"""Trees with linear leaves: which problems have them, and the limits of the numbers that they are fitted to."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from modules.families.problem import Problem
from modules.families.trees.columns import TreeColumns

# The most features of numbers: a leaf has room for a coefficient of each, and a bit of a 64-bit number.
MOST_NUMBERS = 40

# The share of the numbers of a feature on either side of its limits.
OUTSIDE = 0.001

# The least and the greatest value of each feature.
Limits = tuple[np.ndarray, np.ndarray]


def is_linear(settings: Mapping[str, Any]) -> bool:
    """Say whether settings are those of trees with linear leaves."""
    return bool(settings.get("parameters", {}).get("linear_tree"))


def can_be_linear(problem: Problem) -> bool:
    """Say whether linear leaves are implemented for a problem: a number by its squared error, or two classes."""
    columns = TreeColumns(problem.columns)
    numbers = columns.count - len(problem.columns.categories)
    of_task = problem.task == "binary" or (problem.task == "regression" and problem.loss.name == "squared")
    return of_task and not problem.ordinal and 0 < numbers <= MOST_NUMBERS


def refusal(problem: Problem, settings: Mapping[str, Any]) -> str:
    """Return why a configuration does without linear leaves, in words; empty if it does not."""
    if problem.monotonic:
        return "cannot keep monotonic constraints"
    return "cannot be explained exactly" if settings.get("explain") else ""


def limits_of(matrix: np.ndarray, columns: TreeColumns) -> Limits:
    """Return the limits of each feature in a matrix [rows, features]: all but a share of the known numbers.

    Without them a leaf would be extrapolated to a number that is an error of input, such as a length of 0 or a tenfold
    one. There are none for categories.
    """
    low: np.ndarray = np.full(columns.count, -np.inf, np.float32)
    high = -low
    for feature in set(range(columns.count)) - set(columns.categories):
        known = matrix[np.isfinite(matrix[:, feature]), feature]
        if len(known):
            low[feature], high[feature] = (float(np.quantile(known, share)) for share in (OUTSIDE, 1 - OUTSIDE))
    return low, high


def within(matrix: np.ndarray, limits: Limits | None) -> np.ndarray:
    """Return a matrix [rows, features] with each number within its limits; a missing one stays missing."""
    return matrix if limits is None else np.clip(matrix, *limits).astype(np.float32)
