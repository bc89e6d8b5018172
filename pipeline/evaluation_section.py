"""The section `[evaluation]` of `pipeline.toml`."""

from typing import Literal

from pydantic import Field, model_validator

from pipeline.data_section import Section, WrongValue


class Threshold(Section):
    """One `[[evaluation.thresholds]]`: a bound on a metric, overall or on a slice."""

    metric: str = Field(description="metric that is bounded")
    min: float | None = Field(None, description="least value that passes")
    max: float | None = Field(None, description="greatest value that passes")
    slice: str | None = Field(None, description="column; the bound holds for each of its values")

    @model_validator(mode="after")
    def _bounded(self) -> "Threshold":
        if self.min is None and self.max is None:
            raise WrongValue("`min` or `max`", "neither")
        _check_order(self.min, self.max)
        return self


class Evaluation(Section):
    """`[evaluation]`: what is measured, and what a model must reach to be pushed."""

    metric: str = Field(description="the metric that decides")
    min: float | None = Field(None, description="least value of the metric that passes")
    max: float | None = Field(None, description="greatest value of the metric that passes")
    min_improvement: float | None = Field(
        None, description="least gain over the latest blessed model, in the metric's own direction"
    )
    baseline: Literal["latest", "none"] = Field("latest", description="compare with the latest blessed model, or none")
    slices: tuple[str, ...] = Field((), description="columns by whose values the metrics are also computed")
    slices_not_worse: bool = Field(
        False, description="whether no slice may be worse than with the latest blessed model, beyond the interval"
    )
    min_slice_rows: int = Field(100, ge=20, description="rows of a slice that are needed to decide anything by it")
    confidence: float = Field(0.95, gt=0.5, lt=1, description="how often an interval is to hold what it estimates")
    thresholds: tuple[Threshold, ...] = Field((), description="further bounds")

    @model_validator(mode="after")
    def _gated(self) -> "Evaluation":
        bounds = (self.min, self.max, self.min_improvement)
        if bounds == (None, None, None) and not self.thresholds and not self.slices_not_worse:
            raise WrongValue(
                "a threshold (`min`, `max`, `min_improvement`, `slices_not_worse` or `thresholds`)", "none"
            )
        _check_order(self.min, self.max)
        if self.slices_not_worse and not self.slices:
            raise WrongValue("`slices` beside `slices_not_worse`", "none")
        if self.slices_not_worse and self.baseline == "none":
            raise WrongValue('baseline = "latest" beside `slices_not_worse`', '"none"')
        return self


def _check_order(least: float | None, greatest: float | None) -> None:
    if least is not None and greatest is not None and least > greatest:
        raise WrongValue("a `max` that is not below `min`", f"min {least:g} and max {greatest:g}")
