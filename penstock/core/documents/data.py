"""The documents about the rows: drift, anomalies, counts, splits and what was read."""

from typing import ClassVar, Literal

from pydantic import Field

from penstock.core.documents.document import OPTIONAL, VERSION, Document, File, Part, Version

_REPORT = "report.json"


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
