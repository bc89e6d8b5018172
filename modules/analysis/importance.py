"""Feature importance by permutation, with confidence intervals.

The values of a column are permuted between the rows, so that they carry no information, and the metric is computed
again (Breiman: Random Forests, Machine Learning, 2001). The interval is that of the delete-a-group jackknife over
rows (`modules.metrics.scored`), to whose variance that of the permutations is added. Rows count by their weight, as
in the metric of the Evaluator.
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
    loss: str = ""


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
    # All permutations of a column are scored at once: a call takes longer than some hundred rows.
    repeated = {name: np.concatenate([values] * len(orders)) for name, values in sample.columns.items()}

    def scored(columns: Sequence[str]) -> np.ndarray:
        permuted = {name: np.concatenate([sample.columns[name][order] for order in orders]) for name in columns}
        return predict({**repeated, **permuted})

    found = [_importance(sample, measured, tuple(columns), scored(columns), before) for columns in wanted]
    return tuple(sorted((each for each in found if not math.isnan(each.loss)), key=lambda each: -each.loss))


def _importance(
    sample: Sample, measured: Measured, columns: tuple[str, ...], scores: np.ndarray, before: np.ndarray
) -> Importance:
    """Return the importance of columns from the scores of all permutations, one after the other."""
    sign = 1 if measured.greater_is_better else -1
    parts = np.split(scores, measured.permutations)
    losses = [sign * (before - _replicates(sample, part, measured)) for part in parts]
    mean = np.mean(losses, axis=0)
    rows = interval_half_width(mean, measured.confidence)
    permutations = np.std([each[0] for each in losses], ddof=1) / math.sqrt(len(losses)) if len(losses) > 1 else 0.0
    half = math.hypot(rows, 1.96 * permutations)
    return Importance(columns=columns, loss=float(mean[0]), interval=None if math.isnan(half) else float(half))


def metric_of(sample: Sample, scores: np.ndarray, measured: Measured) -> float:
    """Return the metric of scored rows; NaN if they have none."""
    return float(_replicates(sample, scores, measured)[0])


def _replicates(sample: Sample, scores: np.ndarray, measured: Measured) -> np.ndarray:
    """Return the metric, then its jackknife replicates; the rows are in a pseudorandom order already."""
    buckets = BUCKETS if len(sample) >= BUCKETS else 0
    rows = Scored(sample.labels, scores.astype(np.float64), buckets=buckets, weights=sample.weights)
    return values(measured.task, measured.metric, rows, measured.loss)
