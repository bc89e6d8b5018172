"""The report of a run as one document: every figure that the page, the Markdown and the dashboard show."""

from typing import Any, ClassVar, Literal

from penstock.core.documents.analysis import Analysis
from penstock.core.documents.card import Card
from penstock.core.documents.certificate import Certificate
from penstock.core.documents.data import AnomalyReport, DriftReport, Reading, RowCounts, SplitReport
from penstock.core.documents.document import Document, Part
from penstock.core.documents.training import Curves, Leaderboard, Trial
from penstock.core.documents.verdict import Verdict

State = Literal["pushed", "refused", "failed", "finished"]


class Change(Part):
    """What differs from the version that the run is compared with: in data, configuration, code or packages."""

    kind: Literal["data", "configuration", "code", "packages"]
    name: str
    before: str
    after: str


class Previous(Part):
    """The version that the run is compared with: the one that the Evaluator compared, else the last one before."""

    run: str
    version: int
    value: float | None = None


class Production(Part):
    """The version in production when the run began: the one that the alias `default` pointed to.

    Attributes:
        version: Its number; None if there was none.
        value: Its value of the metric that decides, on the rows that it was evaluated on.
        promoted: Whether the run moved the alias to the version that it pushed.
    """

    version: int | None = None
    value: float | None = None
    promoted: bool = False


class Summary(Part):
    """What was trained on what, and how it ended.

    Attributes:
        run: The name of the run.
        experiment: Its name in the registry; empty if it is not recorded there.
        pipeline: The pipeline.
        state: The outcome.
        failure: The error of a failed run, or why the model was refused.
        started: When the run began, in UTC.
        seconds: How long it took.
        version: The version that it pushed.
        folder: The folder of that version.
        task: What is predicted.
        label: The column that is predicted.
        family: The model family.
        features: The number of features.
        metric: The metric that decides.
        rows: The number of rows by split.
        source: The rows' files, or the database without its password.
        query: The query.
        files: The SHA-256 by file.
        commit: The commit of the code.
        dirty: Whether files differed from it.
    """

    run: str
    experiment: str = ""
    pipeline: str
    state: State
    failure: str = ""
    started: str = ""
    seconds: float = 0.0
    version: int | None = None
    folder: str = ""
    task: str = ""
    label: str = ""
    family: str = ""
    features: int = 0
    metric: str = ""
    rows: dict[str, int] = {}
    source: str = ""
    query: str = ""
    files: dict[str, str] = {}
    commit: str = ""
    dirty: bool = False


class Bucket(Part):
    """One bucket of a histogram: from, to, and its share of the values."""

    low: float
    high: float
    share: float


class Values(Part):
    """The statistics of a column in one set of rows.

    Attributes:
        rows: The set: a split, or `version N` for the training rows of an earlier version.
        missing: The share of rows without a value.
        unique: The number of different values, of text.
        zeros: The share of zeros, of numbers.
        mean: The mean.
        deviation: The standard deviation.
        least: The least value.
        median: The median.
        greatest: The greatest value.
        buckets: The histogram.
        top: The most frequent values with their shares, then those of the first set of rows.
    """

    rows: str
    missing: float | None = None
    unique: int | None = None
    zeros: float | None = None
    mean: float | None = None
    deviation: float | None = None
    least: float | None = None
    median: float | None = None
    greatest: float | None = None
    buckets: tuple[Bucket, ...] = ()
    top: tuple[tuple[str, float], ...] = ()


class Column(Part):
    """A column: its role, the statistics of each set of rows, and its distances from other rows."""

    name: str
    role: str = ""
    kind: Literal["number", "text"]
    values: tuple[Values, ...]
    drift: float | None = None
    skew: float | None = None


class SchemaChange(Part):
    """A column whose schema differs from that of the version that the run is compared with."""

    column: str
    change: Literal["added", "removed", "changed"]
    before: str = ""
    after: str = ""


class Data(Part):
    """The rows: their statistics, and what the checks found."""

    counts: RowCounts | None = None
    split: SplitReport | None = None
    reading: Reading | None = None
    quarantined: int | None = None
    columns: tuple[Column, ...] = ()
    anomalies: AnomalyReport | None = None
    drift: DriftReport | None = None
    schema_changes: tuple[SchemaChange, ...] | None = None


class NodeFact(Part):
    """A node: its outcome, its start in seconds after the run's, its cost, and the nodes whose outputs it read."""

    id: str
    state: str
    start: float = 0.0
    seconds: float
    peak_bytes: int | None = None
    after: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()


class Problem(Part):
    """Why a part of the report is missing."""

    part: str
    reason: str


class RunReport(Document):
    """The report of a run.

    Attributes:
        summary: What was trained on what, and how it ended.
        verdict: The metrics, gains, slices and thresholds; None if no model was evaluated.
        certificate: How a server of the model compares with the model.
        previous: The version that it is compared with; None if there is none.
        production: The version in production; None if the registry does not say.
        changes: What differs from that version.
        data: The rows.
        leaderboard: The models that `auto` tried.
        curves: The losses by epoch.
        trials: The trials of a search for settings.
        analysis: What the model does on a sample of evaluated rows.
        costs: The costs of a false positive and of a false negative.
        nodes: The nodes in the order in which they started.
        configuration: The settings by their keys with dots.
        packages: The versions of the packages.
        place: Who ran it, and where.
        card: The facts of the model card.
        problems: Why parts are missing.
    """

    TITLE: ClassVar[str] = "the report of a run"

    summary: Summary
    verdict: Verdict | None = None
    certificate: Certificate | None = None
    previous: Previous | None = None
    production: Production | None = None
    changes: tuple[Change, ...] = ()
    data: Data = Data()
    leaderboard: Leaderboard | None = None
    curves: Curves | None = None
    trials: tuple[Trial, ...] = ()
    analysis: Analysis | None = None
    costs: tuple[float, float] = (1.0, 1.0)
    nodes: tuple[NodeFact, ...] = ()
    configuration: dict[str, Any] = {}
    packages: dict[str, str] = {}
    place: dict[str, str] = {}
    card: Card
    problems: tuple[Problem, ...] = ()

    def problem(self, part: str) -> str:
        """Return why a part is missing; empty if it is not."""
        return next((each.reason for each in self.problems if each.part == part), "")
