"""The sections of `pipeline.toml` other than `[data]`: model, tuning, drift, evaluation, and outputs."""

import re
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from penstock.config.data import Folder, Place, Section, WrongValue, source_error
from penstock.core.features import TEXT_BUCKETS, Task
from penstock.core.losses import LOSS_METRICS, LossName
from penstock.core.urls import mask_password

# The metrics of each task by the names that the configuration uses: `modules.metrics.measures` computes them.
# True if a greater value is better. The output has this order.
METRICS: dict[str, dict[str, bool]] = {
    "binary": {
        "auc": True,
        "average_precision": True,
        "accuracy": True,
        "log_loss": False,
        "precision": True,
        "recall": True,
        "calibration_error": False,
    },
    "multiclass": {"accuracy": True, "log_loss": False, "macro_f1": True, "top_3_accuracy": True, "auc": True},
    "regression": {"mae": False, "rmse": False, "r2": True, "mape": False},
}
# The metrics of an ordinal label, in addition to those of its task.
ORDINAL_METRICS = {"rank_mae": False, "quadratic_kappa": True}
# The families whose settings Tuner can search, and those with a warm start.
TUNED = WARM = ("neural",)
# The families with exact explanations.
EXPLAINED = ("trees", "linear", "auto")


class Model(Section):
    """`[model]`: what is trained."""

    family: Literal["neural", "trees", "linear", "auto"] = Field(
        "neural", description="model family; `auto` tries all of them and may combine them"
    )
    task: Task = Field("binary", description="what is predicted: `binary`, `multiclass` or `regression`")
    seed: int = Field(20, ge=0, description="seed of initial weights, shuffling and the validation part")
    epochs: int | None = Field(
        None, ge=1, description="`neural`: most passes over the training rows; early stopping ends sooner"
    )
    batch_size: int | None = Field(None, ge=1, description="`neural`: rows per training step")
    learning_rate: float | None = Field(
        None, gt=0, description="`neural`: first learning rate; `trees`: shrinkage of each tree"
    )
    rounds: int | None = Field(None, ge=1, description="`trees`: most rounds of boosting; early stopping ends sooner")
    leaves: int | None = Field(None, ge=2, description="`trees`: most leaves of a tree")
    class_weights: Literal["balanced"] | None = Field(
        None, description="`balanced`: rare classes weigh as much as frequent ones"
    )
    time_limit: float | None = Field(
        None,
        ge=1,
        allow_inf_nan=False,
        description="`auto`: seconds of processor time from the start of fitting to the saved model",
    )
    max_row_microseconds: float | None = Field(
        None,
        gt=0,
        allow_inf_nan=False,
        description="`auto`: most microseconds of processor time to score a row in a large batch, by an estimate",
    )
    max_megabytes: float | None = Field(
        None,
        gt=0,
        allow_inf_nan=False,
        description="`auto`: most megabytes of the saved model on the disk, by an estimate",
    )
    vocabulary_size: int = Field(10_000, ge=1, description="most values kept of a categorical column")
    text_buckets: int = Field(TEXT_BUCKETS, ge=2, le=8_192, description="numbers that a column of text becomes")
    warm_start: bool = Field(False, description="start from the weights of the last blessed model")
    loss: LossName = Field("squared", description="loss of a regression, which is fitted, selected and measured by")
    quantile: float | None = Field(None, gt=0, lt=1, description='quantile to predict, with `loss = "quantile"`')
    power: float | None = Field(
        None, gt=1, le=2, description='power of the variance, with `loss = "tweedie"`; by default 1.5'
    )
    delta: float | None = Field(
        None, gt=0, description='residual, in units of the label, beyond which `loss = "huber"` is linear'
    )
    explain: bool = Field(
        False,
        description="`trees`, `linear`, `auto`: export the signature `explain`, "
        "the exact contribution of each column to each score",
    )


class Tuning(Section):
    """`[tuning]`: the search for the model's settings, before it is trained with the best of them."""

    algorithm: Literal["random", "hyperband", "bayesian"] = Field(
        "random", description="how the next settings to try are chosen"
    )
    trials: int = Field(20, ge=2, description="most settings that are tried")


def check_family(model: Model, *, tuned: bool) -> None:
    """Refuse tuning, a warm start, explanations and limits of the cost for a family that does not support them.

    Raises:
        WrongValue: The family supports no tuning, no warm start, no exact explanations, or no limit of the cost.
    """
    family = model.family
    if tuned and family not in TUNED:
        raise WrongValue(f"no [tuning] with the family {family}: {' and '.join(TUNED)} can be tuned", "both", "tuning")
    if model.warm_start and family not in WARM:
        expected = f"false with the family {family}: {' and '.join(WARM)} can start from earlier weights"
        raise WrongValue(expected, "true", "model.warm_start")
    if model.explain and family not in EXPLAINED:
        expected = f"false with the family {family}: {', '.join(EXPLAINED)} have exact explanations"
        raise WrongValue(expected, "true", "model.explain")
    for limit in ("max_row_microseconds", "max_megabytes"):
        if getattr(model, limit) is not None and family != "auto":
            expected = f"none with the family {family}: auto alone selects models by what they cost"
            raise WrongValue(expected, f"{getattr(model, limit):g}", f"model.{limit}")


def metrics_of(task: str, loss: str = "squared", *, ordinal: bool = False) -> dict[str, bool]:
    """Return the metrics of a task, of its loss and of an ordinal label: True if a greater value is better."""
    return {**METRICS[task], **LOSS_METRICS[loss], **(ORDINAL_METRICS if ordinal else {})}


Distance = Annotated[float, Field(ge=0, le=1)]


class _Distances(Section):
    categories: Distance = Field(0.1, description="greatest L-infinity distance of a category")
    numbers: Distance = Field(0.2, description="greatest Jensen-Shannon divergence of any other column")
    columns: dict[str, Distance] = Field(
        default_factory=dict, description="`column = threshold`, where a column differs from the two"
    )

    @property
    def thresholds(self) -> dict[str, Any]:
        """The thresholds as plain data: `categories`, `numbers` and `columns`."""
        return self.model_dump(include={"categories", "numbers", "columns"})


class Skew(_Distances):
    """`[drift.skew]`: thresholds on the distance of the rows of `eval` from those of `train`."""


class Drift(_Distances):
    """`[drift]`: thresholds on the distance of the training rows from those of the last pushed model."""

    fail_on: Literal["drift", "skew", "any", "never"] = Field(
        "never", description="what fails the run: drift, skew, either (`any`), or none, so that they are only reported"
    )
    skew: Skew = Skew()


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
    baseline: Literal["latest", "default", "none"] = Field(
        "latest", description="compare with the latest blessed model, the version that `default` points to, or none"
    )
    slices: tuple[str, ...] = Field((), description="columns by whose values the metrics are also computed")
    slices_not_worse: bool = Field(
        False, description="whether no slice may be worse than with the latest blessed model, beyond the interval"
    )
    not_worse_than_linear: bool = Field(
        True,
        description="whether the model may not be worse than the linear one, beyond the interval of the difference",
    )
    min_slice_rows: int = Field(100, ge=20, description="rows of a slice that are needed to decide anything by it")
    confidence: float = Field(0.95, gt=0.5, lt=1, description="confidence level of the intervals")
    thresholds: tuple[Threshold, ...] = Field((), description="further bounds")

    @model_validator(mode="after")
    def _gated(self) -> "Evaluation":
        # A gate by default does not say what the model must reach.
        is_written = "not_worse_than_linear" in self.model_fields_set and self.not_worse_than_linear
        if not self.has_bound and not is_written:
            raise WrongValue(
                "a threshold (`min`, `max`, `min_improvement`, `slices_not_worse`, `not_worse_than_linear` or "
                "`thresholds`)",
                "none",
            )
        _check_order(self.min, self.max)
        if self.slices_not_worse and not self.slices:
            raise WrongValue("`slices` with `slices_not_worse`", "none")
        if self.slices_not_worse and self.baseline == "none":
            raise WrongValue('baseline = "latest" with `slices_not_worse`', '"none"')
        return self

    @property
    def has_bound(self) -> bool:
        """Whether there is a threshold other than the linear model."""
        bounds = (self.min, self.max, self.min_improvement)
        return bounds != (None, None, None) or bool(self.thresholds) or self.slices_not_worse


def _check_order(least: float | None, greatest: float | None) -> None:
    if least is not None and greatest is not None and least > greatest:
        raise WrongValue("a `max` that is not below `min`", f"min {least:g} and max {greatest:g}")


class Schema(Section):
    """`[schema]`: the schema that the data is checked with."""

    file: str | None = Field(None, description="a curated schema (`schema.pbtxt`); by default it is inferred each run")


class Validation(Section):
    """`[validation]`: when anomalies fail the run."""

    fail_on: Literal["warning", "error", "never"] = Field("error", description="least severity that fails the run")
    columns: dict[str, Literal["warning", "error", "never"]] = Field(
        default_factory=dict, description="`column = severity`, where a column differs from `fail_on`"
    )


class Push(Section):
    """`[push]`: where blessed models go."""

    directory: Place = Field(description="folder of versions, as TensorFlow Serving reads it")


class Metadata(Section):
    """`[metadata]`: where runs are recorded."""

    uri: str | None = Field(
        None,
        description="`sqlite:///FILE`, `mysql://USER:PASSWORD@HOST/NAME`, or in notebooks `sqlite://` (in memory)",
    )

    @field_validator("uri")
    @classmethod
    def _known_scheme(cls, uri: str | None) -> str | None:
        if uri is None or uri == "sqlite://":
            return uri
        if not re.match(r"(sqlite:///|mysql://|postgresql://).", uri):
            raise WrongValue("sqlite:///FILE, mysql://..., or in notebooks sqlite://", repr(mask_password(uri)))
        if fault := source_error(uri, variables=False):
            raise WrongValue(*fault)
        return uri


class State(Section):
    """`[state]`: the folder of artifacts, logs and, unless `metadata.uri` is set, the metadata store."""

    directory: Folder = Field("state", description="folder of artifacts, log files and metadata store")
