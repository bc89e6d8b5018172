"""What the Evaluator computes of a decision for one slice: what it reaches, and whether it keeps what was configured.

A promise is broken if the value misses its bound by more than chance explains: the bound was reached on the rows that
decided, and both they and the rows of `eval` are samples. The last column of each output is the variance of the
promised value by the sample of the rows that decided.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from modules.metrics.results import DECIDED, INTERVAL, LABEL_SET, Kind, interval_of, name_of
from modules.metrics.scored import BUCKETS, LEVEL, Scored, interval_half_width

Rows = Callable[[str, str], Scored | None]


@dataclass(frozen=True)
class DecisionComputation:
    """One result to compute of a decision.

    Attributes:
        output: The output of the signature `evaluation`.
        metric: A metric of MEASURES.
        kind: `decision` for the value with its interval, `promise` for how far a bound is missed.
        against: For a promise by slice the column.
        least: The least value that keeps the promise.
        most: The greatest value that keeps it.
        fp: The cost of a false positive.
        fn: The cost of a false negative.
        min_rows: A slice of fewer rows breaks no promise.
        level: The confidence level of the interval.
        code: A fingerprint of the code of the metrics, for the Evaluator's cache key.
    """

    output: str
    metric: str
    kind: Kind
    against: str = ""
    least: float | None = None
    most: float | None = None
    fp: float = 0.0
    fn: float = 0.0
    min_rows: int = 0
    level: float = LEVEL
    code: str = ""

    @property
    def name(self) -> str:
        """The name of its value."""
        return name_of(self.metric, self.kind, self.against)

    @property
    def names(self) -> list[str]:
        """The names of its values."""
        return [self.name, *([interval_of(self.name)] if self.kind == Kind.DECISION else [])]

    def compared_with(self, model: str, output: str, baseline: str | None) -> list[tuple[str, str]]:
        """Return nothing: a decision is compared with no other model."""
        return []

    def values(self, rows: Rows, model: str, output: str, baseline: str | None) -> dict[str, float | np.ndarray]:
        """Return values by name; none if the model has no such output, or is the baseline."""
        own = rows(model, output)
        if own is None or model == baseline:
            return {}
        with np.errstate(invalid="ignore", divide="ignore"):
            replicates = MEASURES[self.output][self.metric](own, self)
        value, width = float(replicates[0]), interval_half_width(replicates, self.level)
        if self.kind == Kind.DECISION:
            return {self.name: value, interval_of(self.name): width}
        return {self.name: self._missed(value, self._margin(own, width), len(own))}

    def _margin(self, own: Scored, width: float) -> float:
        """Return by how much a value may miss the bound by chance, at the level of the interval."""
        variances, rows = np.unique(own.predictions[:, -1], return_counts=True)
        decided = float(np.sum((rows / len(own)) ** 2 * variances))
        quantile = float(stdtrit(BUCKETS - 1, (1 + self.level) / 2))
        return math.hypot(0.0 if math.isnan(width) else width, quantile * math.sqrt(decided))

    def _missed(self, value: float, margin: float, rows: int) -> float:
        """Return how far the value is beyond bound and margin; at most 0 if the promise is kept, NaN without one."""
        if rows < self.min_rows:
            return 0.0
        under = -math.inf if self.least is None else self.least - value
        beyond = np.maximum(under, -math.inf if self.most is None else value - self.most)
        return float(beyond - margin)


Measure = Callable[[Scored, DecisionComputation], np.ndarray]


def _truth(rows: Scored) -> np.ndarray:
    return np.asarray(rows.labels > 0.5)


def _positive(rows: Scored) -> np.ndarray:
    return np.asarray(rows.predictions[:, 0] > 0.5)


def _cost(rows: Scored, of: DecisionComputation) -> np.ndarray:
    truth, positive = _truth(rows), _positive(rows)
    return rows.means(of.fp * (positive & ~truth) + of.fn * (~positive & truth))


def _saving(rows: Scored, of: DecisionComputation) -> np.ndarray:
    """Return the mean cost of always or never deciding yes, whichever is less, minus that of the decision."""
    true_share = rows.means(_truth(rows))
    return np.minimum(of.fp * (1 - true_share), of.fn * true_share) - _cost(rows, of)


def _precision(rows: Scored, _: DecisionComputation) -> np.ndarray:
    return rows.sums(_positive(rows) & _truth(rows)) / rows.sums(_positive(rows))


def _recall(rows: Scored, _: DecisionComputation) -> np.ndarray:
    return rows.sums(_positive(rows) & _truth(rows)) / rows.sums(_truth(rows))


def _share(rows: Scored, _: DecisionComputation) -> np.ndarray:
    return rows.means(_positive(rows))


def _covered(rows: Scored, _: DecisionComputation) -> np.ndarray:
    labels = rows.labels.astype(np.float32)
    return rows.means((rows.predictions[:, 0] <= labels) & (labels <= rows.predictions[:, 1]))


def _width(rows: Scored, _: DecisionComputation) -> np.ndarray:
    return rows.means(rows.predictions[:, 1] - rows.predictions[:, 0])


def _in_set(rows: Scored, _: DecisionComputation) -> np.ndarray:
    classes = rows.predictions.shape[1] - 1
    places = _truth(rows).astype(int) if classes == 2 else rows.labels.astype(int)
    known = (places >= 0) & (places < classes)
    return rows.means(known & (rows.predictions[np.arange(len(rows)), np.where(known, places, 0)] > 0.5))


def _set_size(rows: Scored, _: DecisionComputation) -> np.ndarray:
    return rows.means(rows.predictions[:, :-1].sum(axis=1))


MEASURES: dict[str, dict[str, Measure]] = {
    DECIDED: {"cost": _cost, "saving": _saving, "precision": _precision, "recall": _recall, "share": _share},
    INTERVAL: {"coverage": _covered, "width": _width},
    LABEL_SET: {"coverage": _in_set, "set_size": _set_size},
}
