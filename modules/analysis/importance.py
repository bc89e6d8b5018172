"""Feature importance by permutation, with confidence intervals.

The values of a column are permuted between the rows, so that they carry no information, and the metric is computed
again (Breiman: Random Forests, Machine Learning, 2001). The interval is that of the delete-a-group jackknife over
rows (`modules.metrics.scored`), to whose variance that of the permutations is added.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from modules.analysis.sample import Predict, Sample
from modules.metrics.measures import values
from modules.metrics.scored import BUCKETS, LEVEL, Scored, interval_half_width
from penstock.core.documents.analysis import Importance

_SEED = 20


@dataclass(frozen=True)
class Measured:
    """The metric by which the importance is measured, and how often columns are permuted."""

    task: str
    metric: str
    greater_is_better: bool
    permutations: int
    confidence: float = LEVEL


def importance(
    sample: Sample, predict: Predict, measured: Measured, wanted: Iterable[Sequence[str]]
) -> tuple[Importance, ...]:
    """Return the importance of columns that are permuted together, the greatest first.

    Args:
        sample: The rows.
        predict: The model.
        measured: The metric, and the number of permutations.
        wanted: The columns to permute together, several times.
    """
    before = _replicates(sample, predict(sample.columns), measured)
    random = np.random.default_rng(_SEED)
    orders = [random.permutation(len(sample)) for _ in range(measured.permutations)]
    found = [_importance(sample, predict, measured, (tuple(columns), orders, before)) for columns in wanted]
    return tuple(sorted((each for each in found if not math.isnan(each.loss)), key=lambda each: -each.loss))


def _importance(
    sample: Sample,
    predict: Predict,
    measured: Measured,
    given: tuple[tuple[str, ...], list[np.ndarray], np.ndarray],
) -> Importance:
    columns, orders, before = given
    sign = 1 if measured.greater_is_better else -1
    losses = []
    for order in orders:
        permuted = {name: sample.columns[name][order] for name in columns}
        after = _replicates(sample, predict({**sample.columns, **permuted}), measured)
        losses.append(sign * (before - after))
    mean = np.mean(losses, axis=0)
    rows = interval_half_width(mean, measured.confidence)
    permutations = np.std([each[0] for each in losses], ddof=1) / math.sqrt(len(losses)) if len(losses) > 1 else 0.0
    half = math.hypot(rows, 1.96 * permutations)
    return Importance(columns=columns, loss=float(mean[0]), interval=None if math.isnan(half) else float(half))


def _replicates(sample: Sample, scores: np.ndarray, measured: Measured) -> np.ndarray:
    """Return the metric, then its jackknife replicates; the rows are in a pseudorandom order already."""
    buckets = BUCKETS if len(sample) >= BUCKETS else 0
    return values(measured.task, measured.metric, Scored(sample.labels, scores.astype(np.float64), buckets=buckets))
