"""The documents about the rows: drift, anomalies, counts, splits and how the source was read."""

from typing import ClassVar, Literal

from pydantic import Field

from penstock.core.documents.document import OPTIONAL, VERSION, Document, File, Part, Version

_REPORT = "report.json"


class Distance(Part):
    """The distance between a column's values and earlier ones; None if they cannot be compared."""

    column: str
    measure: str
    distance: float | None
    threshold: float
    passed: bool


class DriftReport(File):
    """The distance of the training rows from those of the last pushed model, and of `eval` from `train`.

    Attributes:
        document_version: The version of the document; `version` is that of the model.
        version: The pushed model that the training rows are compared with; None before the first push.
        compared: Whether that model has statistics to compare with.
        columns: Drift by column, the greatest distance first.
        skew: Skew by column, the greatest distance first; None in files of before it was measured.
        failing: Which of drift and skew fail the run.
        fails: Whether the run fails.
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
    """An anomaly of a column in a split, or of the table if the column is empty."""

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
    """The numbers of rows in the source, in each split, in the statistics, and of those that were evaluated."""

    FILE: ClassVar[str] = "rows.json"
    TITLE: ClassVar[str] = "the counts of rows"

    source: int
    splits: dict[str, int]
    statistics: dict[str, int]
    evaluated: int
    quarantined: int | None = Field(**OPTIONAL)


class SplitReport(Document):
    """How the rows were split, and how many rows of `eval` are also in `train`.

    Attributes:
        by: What the split of a row depends on.
        column: The column that it depends on; None if it depends on all features or on the number of the row.
        shares: The configured share of each split; empty if a column names the splits.
        without_key: The number of rows without a key.
        combinations: The number of different combinations of features, if there are too few of them to split by.
        repeated: Rows of `eval` whose features and label are also in `train`; None if this cannot happen.
    """

    TITLE: ClassVar[str] = "the report of the splits"

    by: Literal["features", "rows", "key", "column", "time"]
    column: str | None = None
    shares: dict[str, float] = {}
    without_key: int | None = None
    combinations: int | None = None
    repeated: int | None = None


class Reading(Document):
    """The rows of the source and of the query's result, and the values that were read as missing, by column."""

    TITLE: ClassVar[str] = "the report of the reading"

    rows: int
    result: int
    marked: dict[str, int]
