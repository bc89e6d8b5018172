"""The documents that nodes write into their artifacts: each with its file's name, its fields and its version.

Who writes or reads one of these files does so through its class here, so that names and keys are spelled once. A file
without a version was written before there were versions, and is read where it has the fields of version 1.
"""

import json
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.errors import PenstockError

# The version that this code writes, and the newest that it reads.
VERSION = 1
_REPORT = "report.json"

Version = Annotated[int, Field(ge=1, le=VERSION)]
# What a task or a configuration does not have is left out of the file.
OPTIONAL: Any = {"default": None, "exclude_if": lambda value: value is None}


class Part(BaseModel):
    """Plain data within a document; unknown fields are refused."""

    # A command builds only the validators of what it reads: building all of them takes 10 ms.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, ser_json_inf_nan="constants")


class File(Part):
    """What a node writes into a file of an artifact, or into one of its properties.

    Attributes:
        FILE: The file's name; empty for a property.
        TITLE: What an error calls it.
        VERSION_KEY: The key of the version.
    """

    FILE: ClassVar[str] = ""
    TITLE: ClassVar[str] = ""
    VERSION_KEY: ClassVar[str] = "version"

    @classmethod
    def read(cls, folder: str | Path) -> Self:
        """Return the document in an artifact's folder on this machine.

        Raises:
            OSError: There is no such file, or it cannot be read.
            PenstockError: It is damaged, or of a newer version.
        """
        file = Path(folder, cls.FILE)
        return cls.parse(file.read_bytes(), str(file))

    @classmethod
    def parse(cls, content: str | bytes, where: str) -> Self:
        """Return the document that a text holds.

        Args:
            content: The text.
            where: Where it comes from, for the error.

        Raises:
            PenstockError: It is damaged, or of a newer version.
        """
        try:
            return cls.model_validate_json(content, strict=True)
        except ValidationError as error:
            raise cls.refusal(content, where, error) from None

    def plain(self) -> dict[str, Any]:
        """Return what its file holds as plain data; a field that an older file does not have is left out."""
        return self.model_dump(mode="json", exclude_unset=True)

    def text(self) -> str:
        """Return the text of its file."""
        return json.dumps(self.model_dump(mode="json"), indent=1)

    @classmethod
    def refusal(cls, content: str | bytes, where: str, error: ValidationError) -> PenstockError:
        """Return what is wrong with a text as an error in four parts."""
        version = _version(content, cls.VERSION_KEY)
        if version is not None and version > VERSION:
            return PenstockError(
                where,
                f"{cls.TITLE} of version {VERSION} or older",
                f"version {version}",
                "use the release of Penstock that wrote it, or a newer one",
            )
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        received = f"{place}: {first['msg']}" if place else first["msg"]
        next_step = "write `penstock fsck`, which finds damaged files, or run again with --no-cache"
        return PenstockError(where, f"{cls.TITLE}, undamaged", received, next_step)


def _version(content: str | bytes, key: str) -> int | None:
    try:
        version = json.loads(content)[key]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return version if isinstance(version, int) else None


class Document(File):
    """A document with a version."""

    version: Version = VERSION


class Metric(Part):
    """A metric over all rows: of the model with its interval, and of what the model has to beat.

    Attributes:
        kind: That it is the estimate of a metric.
        model: The model's value.
        interval: Half the width of the confidence interval around it.
        ends: Both ends of that interval, within what the metric can be.
        constant: The value of the best constant.
        linear: The value of the linear model.
        baseline: The value of the latest blessed model.
    """

    kind: Literal["estimate"] = "estimate"
    model: float | None
    interval: float | None = None
    ends: tuple[float, float] | None = None
    constant: float | None = None
    linear: float | None = None
    baseline: float | None = None


class Gain(Part):
    """By how much the model is better than another on a metric, with half the width of the confidence interval."""

    kind: Literal["gain"] = "gain"
    metric: str
    gain: float | None
    interval: float | None


class Confusion(Part):
    """Rows by true class and predicted class; the class None is all others."""

    kind: Literal["confusion"] = "confusion"
    classes: tuple[str | None, ...]
    rows: tuple[tuple[int, ...], ...]


class Bin(Part):
    """Rows whose predictions are near each other: the mean prediction, and what was found."""

    predicted: float
    found: float
    rows: int


class Quantile(Part):
    """The residual below which a share of the rows lies."""

    share: float
    value: float


class Tables(Part):
    """The tables of all rows or of a slice, of those that the task has."""

    confusion: Confusion | None = Field(**OPTIONAL)
    reliability: tuple[Bin, ...] | None = Field(**OPTIONAL)
    residuals: tuple[Quantile, ...] | None = Field(**OPTIONAL)


class Slice(Tables):
    """The rows that have one value in one column.

    Attributes:
        column: The column.
        value: The value.
        rows: How many rows there are.
        of_rarer_class: How many of them are outside of the most frequent class; None of a regression.
        too_few_rows: Whether they are too few for an interval and a threshold.
        metrics: The model's value by metric.
        intervals: Half the width of the confidence interval, by metric.
        ends: Both ends of that interval, within what the metric can be.
        constant: The value of the best constant.
        linear: The value of the linear model.
        gains: As of all rows.
    """

    column: str
    value: str | int | float
    rows: int
    of_rarer_class: int | None = None
    too_few_rows: bool = False
    metrics: dict[str, float | None]
    intervals: dict[str, float | None] = {}
    ends: dict[str, tuple[float, float] | None] = {}
    constant: dict[str, float | None] = {}
    linear: dict[str, float | None] = {}
    gains: dict[str, Gain] = {}


class Threshold(Part):
    """A threshold on all rows or on one slice, and what became of it.

    Attributes:
        metric: The metric; empty where the Evaluator refused the model for a reason of its own, as `kind` is.
        kind: How the bound binds.
        bound: The bound; None where the model must not be worse than the latest blessed one.
        slice: The slice in words.
        column: The column of the slice; None of all rows.
        of_one_slice: Whether it is the threshold on one slice, neither that on all rows nor that on every slice.
        value: What was compared with the bound.
        passed: Whether the model passed it.
        decided: Whether there were rows enough to decide.
        lacks: What there is too little of to decide.
        words: All of it as a sentence.
    """

    metric: str
    kind: Literal["min", "max", "min_improvement", "not_worse", ""] = ""
    bound: float | None = None
    slice: str = ""
    column: str | None = None
    of_one_slice: bool | None = None
    value: float | None = None
    passed: bool
    decided: bool = True
    lacks: Literal["rows", "class"] | None = None
    words: str


class Verdict(Tables, Document):
    """What the Evaluator found, and what it decided by.

    Attributes:
        rows: How many rows were evaluated.
        of_rarer_class: How many of them are outside of the most frequent class; None of a regression.
        min_slice_rows: Slices of fewer rows have no interval and break no threshold.
        metrics: By name.
        gains: By what the model is compared with: `constant`, `linear` or `baseline`.
        slices: By column, then by value.
        thresholds: Each on all rows or on each slice.
        blessed: Whether the model may be pushed.
    """

    FILE: ClassVar[str] = "verdict.json"
    TITLE: ClassVar[str] = "a model verdict"

    rows: int
    of_rarer_class: int | None = None
    min_slice_rows: int | None = None
    metrics: dict[str, Metric]
    gains: dict[str, Gain] = {}
    slices: tuple[Slice, ...]
    thresholds: tuple[Threshold, ...]
    blessed: bool


class Distance(Part):
    """How far a column's values are from earlier ones; None where the two cannot be compared."""

    column: str
    measure: str
    distance: float | None
    threshold: float
    passed: bool


class DriftReport(File):
    """How far the training rows are from those of the last pushed model, and `eval` from `train`.

    Attributes:
        document_version: The version of the document; under `version` scripts know that of the model.
        version: The pushed model that the training rows are compared with; None before the first push.
        compared: Whether it carries statistics to compare with.
        columns: Drift by column, the farthest first.
        skew: Skew by column, the farthest first; None of before it was measured.
        failing: Which of the two fail the run.
        fails: Whether any does.
    """

    FILE: ClassVar[str] = _REPORT
    TITLE: ClassVar[str] = "a drift report"

    VERSION_KEY: ClassVar[str] = "document_version"

    document_version: Version = VERSION
    version: int | None
    compared: bool
    columns: tuple[Distance, ...]
    skew: tuple[Distance, ...] | None = Field(**OPTIONAL)
    failing: tuple[Literal["drift", "skew"], ...] = ()
    fails: bool


class Anomaly(Part):
    """An anomaly of a column in a split, or of the whole table where the column is empty."""

    column: str
    split: str
    kind: str
    severity: Literal["warning", "error"]
    description: str
    fails: bool


class AnomalyReport(Document):
    """The anomalies that ExampleValidator found, and the command that accepts them."""

    FILE: ClassVar[str] = _REPORT
    TITLE: ClassVar[str] = "an anomaly report"

    anomalies: tuple[Anomaly, ...]
    accept: str = ""


class RowCounts(Document):
    """The rows that each node counted: of the source, of each split, in the statistics, and evaluated."""

    FILE: ClassVar[str] = "rows.json"
    TITLE: ClassVar[str] = "the counts of rows"

    source: int
    splits: dict[str, int]
    statistics: dict[str, int]
    evaluated: int
    quarantined: int | None = Field(**OPTIONAL)


class SplitReport(Document):
    """What decided the splits, and what is in two of them.

    Attributes:
        by: What decided.
        column: The column that did.
        shares: What was asked for, by split; none where a column names the splits.
        without_key: Rows without a key.
        combinations: Of features, where these do not tell rows apart.
        repeated: Rows of eval whose features and label are also in train; None where there can be none.
    """

    TITLE: ClassVar[str] = "what was noted of the splits"

    by: Literal["features", "rows", "key", "column", "time"]
    column: str | None = None
    shares: dict[str, float] = {}
    without_key: int | None = None
    combinations: int | None = None
    repeated: int | None = None


class Reading(Document):
    """Rows of the source and of the query's result, and values that a mark made missing, by column."""

    TITLE: ClassVar[str] = "what was noted of the reading"

    rows: int
    result: int
    marked: dict[str, int]
