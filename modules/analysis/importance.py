"""Feature importance by permutation, with confidence intervals.

The values of a column are permuted between the rows, so that they carry no information, and the metric is computed
again (Breiman: Random Forests, Machine Learning, 2001). The interval is that of the delete-a-group jackknife over
rows (`modules.metrics.scored`), to whose variance that of the permutations is added. Rows count by their weight, as
in the metric of the Evaluator.

Of many columns, all are permuted once, and those with the greatest loss again, several times: nearly all of the time
goes into predictions, and a report shows no more than these.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from modules.analysis.sample import Predict, Sample
from modules.metrics.measures import values
from modules.metrics.scored import BUCKETS, LEVEL, Scored, interval_half_width
from penstock.core.documents.analysis import Importance

# So many columns are permuted several times.
MOST_REPEATED = 20
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

    Of many columns, those that were permuted once come after the others, and have no interval.

    Args:
        sample: The rows.
        predict: The model.
        measured: The metric, and the number of permutations.
        wanted: The columns to permute together, several times.
    """
    together = [tuple(columns) for columns in wanted]
    before = _replicates(sample, predict(sample.columns), measured)
    random = np.random.default_rng(_SEED)
    orders = [random.permutation(len(sample)) for _ in range(measured.permutations)]
    rest: list[Importance] = []
    if is_screened(len(together), measured.permutations):
        # The order is another one: those that it makes look important would be overestimated.
        found = _once(sample, predict, measured, together, random.permutation(len(sample)))
        ranked = _ranked(
            Importance(columns=each, loss=float(_loss(measured, before[0], value))) for each, value in found
        )
        chosen = {each.columns for each in ranked[:MOST_REPEATED]}
        together, rest = [columns for columns in together if columns in chosen], ranked[MOST_REPEATED:]
    # All permutations of a column are scored at once: a call takes longer than some hundred rows.
    repeated = {name: np.concatenate([values] * len(orders)) for name, values in sample.columns.items()}

    def scored(columns: Sequence[str]) -> np.ndarray:
        permuted = {name: np.concatenate([sample.columns[name][order] for order in orders]) for name in columns}
        return predict({**repeated, **permuted})

    return (*_ranked(_importance(sample, measured, columns, scored(columns), before) for columns in together), *rest)


def is_screened(columns: int, permutations: int) -> bool:
    """Say whether only some of the columns are permuted several times: if that takes fewer predictions."""
    return columns * permutations > columns + MOST_REPEATED * permutations


def _once(
    sample: Sample, predict: Predict, measured: Measured, wanted: Sequence[tuple[str, ...]], order: np.ndarray
) -> Iterator[tuple[tuple[str, ...], float]]:
    """Yield the metric with each of the columns permuted once; several are scored at once, each on rows of its own."""
    for at in range(0, len(wanted), measured.permutations):
        part = wanted[at : at + measured.permutations]
        columns = {
            name: np.concatenate([values[order] if name in permuted else values for permuted in part])
            for name, values in sample.columns.items()
        }
        for permuted, scores in zip(part, np.split(predict(columns), len(part)), strict=True):
            yield permuted, metric_of(sample, scores, measured)


def _loss(measured: Measured, before: Any, after: Any) -> Any:
    """Return by how much a metric, or its replicates, became worse."""
    return (before - after) if measured.greater_is_better else (after - before)


def _ranked(found: Iterable[Importance]) -> list[Importance]:
    return sorted((each for each in found if not math.isnan(each.loss)), key=lambda each: -each.loss)


def _importance(
    sample: Sample, measured: Measured, columns: tuple[str, ...], scores: np.ndarray, before: np.ndarray
) -> Importance:
    """Return the importance of columns from the scores of all permutations, one after the other."""
    parts = np.split(scores, measured.permutations)
    losses = [_loss(measured, before, _replicates(sample, part, measured)) for part in parts]
    mean = np.mean(losses, axis=0)
    rows = interval_half_width(mean, measured.confidence)
    permutations = np.std([each[0] for each in losses], ddof=1) / math.sqrt(len(losses)) if len(losses) > 1 else 0.0
    half = math.hypot(rows, 1.96 * permutations)
    return Importance(columns=columns, loss=float(mean[0]), interval=None if math.isnan(half) else float(half))


def metric_of(sample: Sample, scores: np.ndarray, measured: Measured) -> float:
    """Return the metric of scored rows; NaN if they have none."""
    return float(_replicates(sample, scores, measured, most=0)[0])


def _replicates(sample: Sample, scores: np.ndarray, measured: Measured, most: int = BUCKETS) -> np.ndarray:
    """Return the metric, then its jackknife replicates; the rows are in a pseudorandom order already."""
    buckets = most if len(sample) >= most else 0
    rows = Scored(sample.labels, scores.astype(np.float64), buckets=buckets, weights=sample.weights)
    return values(measured.task, measured.metric, rows, measured.loss)
