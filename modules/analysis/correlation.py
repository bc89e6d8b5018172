"""Groups of correlated columns, which are permuted together: one of them can stand in for another."""

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from scipy.stats import rankdata

from modules.analysis.sample import Columns, kind_of

# The least mean association of the columns of a group.
LEAST = 0.7
_BINS = 10
_ROWS = 2_000
_LEAST_ROWS = 20


def groups(columns: Columns) -> list[tuple[str, ...]]:
    """Return the groups of two or more correlated columns, in the order of their first columns.

    The association of two columns is the absolute rank correlation of numbers, and Cramér's V, corrected for bias, if
    one of them is a category. Groups are formed by average linkage.
    """
    usable = {name: values[:_ROWS] for name, values in columns.items() if kind_of(values) != "vector"}
    names = list(usable)
    if len(names) < 2 or len(usable[names[0]]) < 2:
        return []
    distances = np.clip(1 - _associations(list(usable.values())), 0, 1)
    np.fill_diagonal(distances, 0)
    numbers = fcluster(linkage(squareform(distances, checks=False), "average"), 1 - LEAST, "distance")
    found: dict[int, list[str]] = {}
    for name, number in zip(names, numbers, strict=True):
        found.setdefault(int(number), []).append(name)
    return [tuple(members) for members in found.values() if len(members) > 1]


def with_label(columns: Columns, labels: np.ndarray, task: str) -> dict[str, float]:
    """Return by column how strongly it is associated with the label by itself, from 0 to 1."""
    label = (
        labels[:_ROWS] if task == "regression" else np.array([f"{each:g}".encode() for each in labels[:_ROWS]], object)
    )
    usable = {name: values[:_ROWS] for name, values in columns.items() if kind_of(values) != "vector"}
    if len(label) < _LEAST_ROWS:
        return {}
    return {name: float(f"{_associations([values, label])[0, 1]:.4g}") for name, values in usable.items()}


def _associations(columns: list[np.ndarray]) -> np.ndarray:
    numeric = [kind_of(values) == "number" for values in columns]
    ranks = np.array(
        [
            _ranks(values) if is_number else np.zeros(len(values))
            for values, is_number in zip(columns, numeric, strict=True)
        ]
    )
    norms = np.linalg.norm(ranks, axis=1, keepdims=True)
    ranks = np.divide(ranks, norms, out=np.zeros_like(ranks), where=norms > 0)
    found = np.abs(ranks @ ranks.T)
    binned = [_bins(values) for values in columns]
    for one in range(len(columns)):
        for other in range(one):
            if not (numeric[one] and numeric[other]):
                found[one, other] = found[other, one] = cramers_v(binned[one], binned[other])
    return np.asarray(found)


def _ranks(values: np.ndarray) -> np.ndarray:
    """Return the ranks around their mean; a missing value has the mean rank."""
    known = ~np.isnan(values)
    ranks = np.zeros(len(values))
    if known.any():
        ranks[known] = rankdata(values[known])
        ranks[known] -= ranks[known].mean()
    return ranks


def _bins(values: np.ndarray) -> np.ndarray:
    """Return the number of the bin of each row: of the frequent categories, or of equally many numbers."""
    if kind_of(values) == "text":
        _, codes, counts = np.unique(values, return_inverse=True, return_counts=True)
        order = np.argsort(np.argsort(-counts, kind="stable"))
        return np.asarray(np.minimum(order[codes], _BINS - 1))
    known = values[~np.isnan(values)]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, _BINS)[1:-1])) if len(known) else known
    return np.where(np.isnan(values), _BINS, np.searchsorted(edges, values, side="right"))


def cramers_v(one: np.ndarray, other: np.ndarray) -> float:
    """Return Cramér's V of two numbered columns, corrected for bias; 0 if one of them has a single value.

    Method: Bergsma: A Bias-Correction for Cramér's V and Tschuprow's T, J. of the Korean Statistical Society, 2013.
    """
    table = np.bincount(one * (_BINS + 1) + other, minlength=(_BINS + 1) ** 2).reshape(_BINS + 1, _BINS + 1)
    table = table[table.any(axis=1)][:, table.any(axis=0)].astype(float)
    rows, (height, width) = table.sum(), table.shape
    if min(height, width) < 2:
        return 0.0
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / rows
    phi = float(((table - expected) ** 2 / expected).sum() / rows)
    phi = max(0.0, phi - (height - 1) * (width - 1) / (rows - 1))
    least = min(height - (height - 1) ** 2 / (rows - 1), width - (width - 1) ** 2 / (rows - 1)) - 1
    return float(min(1.0, np.sqrt(phi / least))) if least > 0 else 0.0
