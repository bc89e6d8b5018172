"""What the Evaluator computes of one slice: a metric with its interval, a gain, a rule kept or broken, a table.

Both ways to evaluate, in this process and on Beam, hand over the scored rows of a slice, and get the same here.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from modules.metrics.measures import values
from modules.metrics.names import BASELINE, RARER, ROWS, Kind, interval_of, name_of
from modules.metrics.reliable import is_too_few, rarer
from modules.metrics.scored import LEVEL, Scored, half_width
from modules.metrics.tables import TABLES

Rows = Callable[[str, str], Scored | None]
Value = float | np.ndarray


@dataclass(frozen=True)
class Figure:
    """One thing to compute.

    Attributes:
        metric: A metric, `example_count`, or a table of `modules.metrics.tables`.
        task: The task.
        kind: What of it.
        against: Of a gain, the output that it is over, or BASELINE; of a missed bound, the column of the slices.
        interval: Whether half the width of the interval is wanted too.
        greater: Whether a greater value of the metric is better.
        min_rows: Fewer rows break no rule.
        least: Least value that keeps the rule.
        most: Greatest value that keeps the rule.
        level: How often the interval is to hold what it estimates.
        code: A fingerprint of the code behind it, for the Evaluator's cache key.
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

    @property
    def name(self) -> str:
        """The name of its value."""
        return name_of(self.metric, self.kind, self.against)

    @property
    def names(self) -> list[str]:
        """The names of its values."""
        further = [RARER] if self.kind == Kind.ROWS else [interval_of(self.name)] if self.interval else []
        return [self.name, *further]

    def beside(self, model: str, output: str, baseline: str | None) -> list[tuple[str, str]]:
        """Return model and output of what it is compared with, if it is and there is one."""
        if self.kind == Kind.GAIN and self.against != BASELINE:
            return [(model, self.against)]
        compared = self.kind in (Kind.GAIN, Kind.WORSE)
        return [(baseline, output)] if compared and baseline not in (None, model) else []

    def values(self, rows: Rows, model: str, output: str, baseline: str | None) -> dict[str, Value]:
        """Return values by name; none where the model has no such output, or there is nothing to compare with.

        Args:
            rows: Gives the scored rows of a model's output, or None where there are none.
            model: The model's name.
            output: The output's name.
            baseline: The name of the model to compare with, where there is one.
        """
        own = rows(model, output)
        metric = self.metric
        if own is None:
            return {}
        if self.kind == Kind.ROWS:
            return {ROWS: float(len(own)), RARER: rarer(self.task, own.labels)}
        if model == baseline:
            # Only its values are shown; TFMA would subtract all else, and its tables may have other classes.
            return {metric: float(values(self.task, metric, own.whole)[0])} if self.kind == Kind.VALUE else {}
        if self.kind == Kind.TABLE:
            return {self.name: TABLES[self.task][metric](self.task, own)} if own.usable else {}
        if self.kind == Kind.VALUE:
            # Leaving buckets out takes most of the time.
            return self._with_interval(values(self.task, metric, own if self.interval else own.whole), own)
        if self.kind == Kind.MISSED:
            return {self.name: self._missed(float(values(self.task, metric, own.whole)[0]), len(own))}
        other = next((rows(*place) for place in self.beside(model, output, baseline)), None)
        if self.kind == Kind.WORSE:
            return {self.name: self._worse(metric, own, other)}
        return {} if other is None else self._with_interval(self._gains(metric, own, other), own)

    def _gains(self, metric: str, own: Scored, other: Scored) -> np.ndarray:
        gains = values(self.task, metric, own) - values(self.task, metric, other)
        return gains if self.greater else -gains

    def _with_interval(self, found: np.ndarray, own: Scored) -> dict[str, Value]:
        width = {interval_of(self.name): self._width(found, own)} if self.interval else {}
        return {self.name: float(found[0]), **width}

    def _width(self, found: np.ndarray, own: Scored) -> float:
        """Return half the width of the interval; NaN where the rarer class has too few rows for one."""
        few = is_too_few(self.metric, rarer(self.task, own.labels))
        return math.nan if few else half_width(found, self.level)

    def _missed(self, value: float, rows: int) -> float:
        """Return by how much the value is out of its bounds; not above 0 where it keeps them or too few rows decide."""
        if rows < self.min_rows:
            return 0.0
        under = -math.inf if self.least is None else self.least - value
        return float(np.maximum(under, -math.inf if self.most is None else value - self.most))

    def _worse(self, metric: str, own: Scored, other: Scored | None) -> float:
        """Return how far the loss against the baseline lies beyond its interval; not above 0 where it does not."""
        if other is None or len(own) < self.min_rows:
            return 0.0
        if not math.isfinite(values(self.task, metric, other)[0]):
            return 0.0  # there was no value that could get worse
        gains = self._gains(metric, own, other)
        width = self._width(gains, own)
        return 0.0 if math.isfinite(gains[0]) and math.isnan(width) else float(-(gains[0] + width))


def figure(options: dict[str, Any]) -> Figure:
    """Return the figure that the text of a TFMA metric's configuration describes."""
    given = {name: value for name, value in options.items() if name != "name"}
    return Figure(**{**given, "kind": Kind(given.get("kind", Kind.VALUE))})


def described(metric: str, task: str, kind: Kind = Kind.VALUE, **options: Any) -> dict[str, Any]:
    """Return the fields of a Figure for a TFMA metric's configuration, which wants its name too."""
    name = name_of(metric, kind, options.get("against", ""))
    return {"name": name, "metric": metric, "task": task, "kind": kind, **options}
