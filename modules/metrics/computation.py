"""What the Evaluator computes for one slice: a metric with its confidence interval, a gain, a broken rule, a table.

The evaluation in this process and the one on Beam both pass the scored rows of a slice to this file.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from modules.metrics.decisions import DecisionComputation
from modules.metrics.fairness import FairnessComputation
from modules.metrics.measures import TABLES, values
from modules.metrics.results import (
    BASELINE,
    MINORITY_COUNT,
    ROWS,
    Fair,
    Kind,
    fairness_name,
    interval_of,
    lacks_class_rows,
    minority_count,
    name_of,
)
from modules.metrics.scored import LEVEL, Scored, interval_half_width

# A loss against the linear model that is less than this share of its value is none. Two fits of one linear model may
# differ by less, and always in the same direction, which the interval of the difference does not cover.
NEGLIGIBLE = 0.001

Rows = Callable[[str, str], Scored | None]
Value = float | np.ndarray


@dataclass(frozen=True)
class Computation:
    """One result to compute.

    Attributes:
        metric: A metric, `example_count`, or a table of `modules.metrics.measures`.
        task: The task.
        kind: What to compute of the metric.
        against: For a gain or a loss, the output to compare with, or BASELINE; for a missed bound, the column.
        interval: Whether to compute half the width of the confidence interval as well.
        greater: Whether a greater value of the metric is better.
        min_rows: A slice of fewer rows breaks no rule.
        least: The least value that keeps the rule.
        most: The greatest value that keeps the rule.
        level: The confidence level of the interval.
        code: A fingerprint of the code of the metrics, for the Evaluator's cache key.
        loss: The loss of a regression, for the metrics of losses.
    """

    metric: str
    task: str
    kind: Kind = Kind.VALUE
    against: str = ""
    interval: bool = False
    greater: bool = True
    min_rows: int = 0
    least: float | None = None
    most: float | None = None
    level: float = LEVEL
    code: str = ""
    loss: str = ""

    @property
    def name(self) -> str:
        """The name of its value."""
        return name_of(self.metric, self.kind, self.against)

    @property
    def names(self) -> list[str]:
        """The names of its values."""
        further = [MINORITY_COUNT] if self.kind == Kind.ROWS else [interval_of(self.name)] if self.interval else []
        return [self.name, *further]

    def compared_with(self, model: str, output: str, baseline: str | None) -> list[tuple[str, str]]:
        """Return model and output of what is compared with; none without a comparison or a baseline."""
        if self.kind == Kind.WORSE_THAN or (self.kind == Kind.GAIN and self.against != BASELINE):
            return [(model, self.against)]
        compared = self.kind in (Kind.GAIN, Kind.WORSE)
        return [(baseline, output)] if compared and baseline not in (None, model) else []

    def values(self, rows: Rows, model: str, output: str, baseline: str | None) -> dict[str, Value]:
        """Return values by name; none if the model has no such output, or there is nothing to compare with.

        Args:
            rows: Returns the scored rows of a model's output, or None.
            model: The model's name.
            output: The output's name.
            baseline: The name of the model to compare with, or None.
        """
        own = rows(model, output)
        metric = self.metric
        if own is None:
            return {}
        if self.kind == Kind.ROWS:
            return {ROWS: float(len(own)), MINORITY_COUNT: minority_count(self.task, own.labels)}
        if model == baseline:
            # Of the baseline only values are reported: TFMA would subtract the rest, and tables may have other classes.
            return {metric: float(self._of(metric, own.without_buckets)[0])} if self.kind == Kind.VALUE else {}
        if self.kind == Kind.TABLE:
            return {self.name: TABLES[self.task][metric](self.task, own)} if own.usable else {}
        if self.kind == Kind.VALUE:
            # The jackknife takes most of the time.
            return self._with_interval(self._of(metric, own if self.interval else own.without_buckets), own)
        if self.kind == Kind.MISSED:
            return {self.name: self._missed(float(self._of(metric, own.without_buckets)[0]), len(own))}
        other = next((rows(*place) for place in self.compared_with(model, output, baseline)), None)
        if self.kind in (Kind.WORSE, Kind.WORSE_THAN):
            return {self.name: self._worse(metric, own, other)}
        return {} if other is None else self._with_interval(self._gains(metric, own, other), own)

    def _of(self, metric: str, rows: Scored) -> np.ndarray:
        return values(self.task, metric, rows, self.loss)

    def _gains(self, metric: str, own: Scored, other: Scored) -> np.ndarray:
        gains = self._of(metric, own) - self._of(metric, other)
        return gains if self.greater else -gains

    def _with_interval(self, replicates: np.ndarray, own: Scored) -> dict[str, Value]:
        width = {interval_of(self.name): self._width(replicates, own)} if self.interval else {}
        return {self.name: float(replicates[0]), **width}

    def _width(self, replicates: np.ndarray, own: Scored) -> float:
        """Return half the width of the confidence interval; NaN if the rarer class has too few rows."""
        few = lacks_class_rows(self.metric, minority_count(self.task, own.labels))
        return math.nan if few else interval_half_width(replicates, self.level)

    def _missed(self, value: float, rows: int) -> float:
        """Return by how much the value is out of its bounds; at most 0 within them and with too few rows."""
        if rows < self.min_rows:
            return 0.0
        under = -math.inf if self.least is None else self.least - value
        return float(np.maximum(under, -math.inf if self.most is None else value - self.most))

    def _worse(self, metric: str, own: Scored, other: Scored | None) -> float:
        """Return how far the loss against the baseline exceeds its interval; at most 0 if it does not."""
        if other is None or len(own) < self.min_rows:
            return 0.0
        before = float(self._of(metric, other)[0])
        if not math.isfinite(before):
            return 0.0  # the baseline has no value that could get worse
        gains = self._gains(metric, own, other)
        width = self._width(gains, own)
        least = NEGLIGIBLE * abs(before) if self.kind == Kind.WORSE_THAN else 0.0
        return 0.0 if math.isfinite(gains[0]) and math.isnan(width) else float(-(gains[0] + max(width, least)))


Computed = Computation | DecisionComputation | FairnessComputation


def parse_computation(options: dict[str, Any]) -> Computed:
    """Return the computation that the configuration of a TFMA metric describes."""
    fields = {name: value for name, value in options.items() if name != "name"}
    if fields.get("kind") == Kind.FAIRNESS:
        del fields["kind"]
        return FairnessComputation(**fields)
    if fields.get("kind") in (Kind.DECISION, Kind.PROMISE):
        del fields["task"]
        return DecisionComputation(**{**fields, "kind": Kind(fields["kind"])})
    return Computation(**{**fields, "kind": Kind(fields.get("kind", Kind.VALUE))})


def describe_computation(metric: str, task: str, kind: Kind = Kind.VALUE, **options: Any) -> dict[str, Any]:
    """Return the fields of a Computation and its name, for the configuration of a TFMA metric."""
    name = name_of(metric, kind, options.get("against", ""))
    if kind == Kind.FAIRNESS:
        name = fairness_name(metric, options["attribute"], Fair.MISSED)
    return {"name": name, "metric": metric, "task": task, "kind": kind, **options}
