"""The summary of a run: `run --json` and `show --json` print views of it, and `runs --json` an extract.

Their JSON Schema is `docs/schemas/run-summary.json`; `scripts/write_schemas.py` writes it.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Literal, TypeVar

from pydantic import Field

from penstock.core.documents.certificate import Certificate
from penstock.core.documents.data import Anomaly, DriftReport, Reading, SplitReport
from penstock.core.documents.document import OPTIONAL, VERSION, Part, Version
from penstock.core.documents.monotonicity import Monotonicity
from penstock.core.documents.training import Leaderboard, Trial
from penstock.core.documents.verdict import Bin, Confusion, Fairness, Gain, Metric, Quantile, Slice, Threshold, Verdict
from penstock.core.errors import PenstockError
from penstock.metadata.lineage import Node, Run, RunState

Found = TypeVar("Found")


class Output(Part):
    """An output artifact of a node."""

    id: int
    type: str
    key: str
    uri: str
    properties: dict[str, Any]
    live: bool


class NodeEntry(Part):
    """The outcome of a node; a node that is not in the store was skipped."""

    id: str
    state: Literal["running", "ran", "cached", "failed", "skipped"]
    seconds: float


class NodeDetails(NodeEntry):
    """A node with its inputs and outputs."""

    execution: int
    started: float
    inputs: tuple[int, ...]
    outputs: tuple[Output, ...]


class Pushed(Part):
    """A pushed version and its folder."""

    version: int
    directory: str


class Recorded(Part):
    """What became of the record of the run in the registry.

    Attributes:
        experiment: The name of the experiment; empty if the run is not recorded yet.
        version: The number of the version that the run pushed; None if there is none, or it is not recorded.
        aliases: The aliases of that version.
        problem: Why something is not recorded; empty otherwise.
    """

    experiment: str
    version: int | None
    aliases: tuple[str, ...]
    problem: str


class Reported(Part):
    """The report of the run.

    Attributes:
        file: The page; None if it could not be written.
        problem: Why it could not be written; empty otherwise.
    """

    file: str | None
    problem: str


class Failure(Part):
    """An error in four parts, with details."""

    what: str
    expected: str
    received: str
    next_step: str
    details: tuple[str, ...]


class Baselines(Part):
    """The value of a metric for the models that the model is compared with."""

    constant: float | None
    linear: float | None
    baseline: float | None


class RunView(Part):
    """The output of `run --json` and `resume --json`."""

    document_version: Version
    run_id: str
    pipeline: str
    state: RunState
    seconds: float
    nodes: tuple[NodeEntry, ...]
    rows: dict[str, int]
    quarantined: int | None
    split: SplitReport | None
    reading: Reading | None
    drift: DriftReport | None
    metrics: dict[str, float | None]
    baselines: dict[str, Baselines]
    intervals: dict[str, float | None]
    ends: dict[str, tuple[float, float] | None]
    of_rarer_class: int | None
    gains: dict[str, Gain]
    thresholds: tuple[Threshold, ...]
    fairness: tuple[Fairness, ...] = ()
    leaderboard: Leaderboard | None
    blessed: bool | None
    monotonicity: Monotonicity | None = Field(**OPTIONAL)
    certificate: Certificate | None
    pushed: Pushed | None
    recorded: Recorded | None
    report: Reported | None
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    repairs: tuple[str, ...]
    error: Failure | None = Field(**OPTIONAL)


class ShowView(Part):
    """The output of `show --json`."""

    document_version: Version
    run_id: str
    pipeline: str
    state: RunState
    started: float
    seconds: float
    nodes: tuple[NodeDetails, ...]
    rows: dict[str, int]
    quarantined: int | None
    split: SplitReport | None
    failed_node: str | None
    metrics: dict[str, Metric]
    gains: dict[str, Gain]
    confusion: Confusion | None = Field(**OPTIONAL)
    reliability: tuple[Bin, ...] | None = Field(**OPTIONAL)
    residuals: tuple[Quantile, ...] | None = Field(**OPTIONAL)
    slices: tuple[Slice, ...]
    trials: tuple[Trial, ...]
    thresholds: tuple[Threshold, ...]
    fairness: tuple[Fairness, ...] = ()
    leaderboard: Leaderboard | None
    blessed: bool | None
    anomalies: tuple[Anomaly, ...]
    drift: DriftReport | None
    monotonicity: Monotonicity | None = Field(**OPTIONAL)
    certificate: Certificate | None
    pushed: Pushed | None
    signatures: tuple[str, ...] = ()
    artifacts: str
    log: str | None
    next: str | None


class RunSummary(Part):
    """All results of a run.

    Attributes:
        run_id: The run's name.
        pipeline: The pipeline's name.
        state: The outcome of the run.
        failed_node: The node that failed.
        started: Seconds since 1970.
        seconds: From the first node's start to the last one's end.
        nodes: Its nodes, in the order in which they started.
        rows: The number of rows of each split.
        quarantined: The number of malformed rows in the quarantine; None without a quarantine.
        split: How the rows were split.
        reading: How the rows and values of the source were read.
        verdict: The verdict on the model.
        drift: The drift report.
        anomalies: The anomalies that ExampleValidator found.
        leaderboard: The models that `auto` tried.
        trials: The trials of Tuner.
        monotonicity: The probes of monotonic constraints; None without constraints.
        certificate: How a server of the model compares with the model.
        pushed: The version that the run pushed.
    """

    document_version: Version = VERSION
    run_id: str
    pipeline: str
    state: RunState
    failed_node: str | None
    started: float
    seconds: float
    nodes: tuple[NodeDetails, ...]
    rows: dict[str, int]
    quarantined: int | None
    split: SplitReport | None
    reading: Reading | None
    verdict: Verdict | None
    drift: DriftReport | None
    anomalies: tuple[Anomaly, ...]
    leaderboard: Leaderboard | None
    trials: tuple[Trial, ...]
    monotonicity: Monotonicity | None = Field(**OPTIONAL)
    certificate: Certificate | None
    pushed: Pushed | None

    @classmethod
    def of(cls, run: Run, *, skip_damaged: bool = False) -> "RunSummary":
        """Return the summary of a run.

        Args:
            run: The run.
            skip_damaged: Whether a document that cannot be read counts as missing, so that its error does not replace
                the error of the run.

        Raises:
            PenstockError: A document is damaged, or of a newer version.
        """

        def read(document: Callable[[], Found | None]) -> Found | None:
            try:
                return document()
            except PenstockError:
                if skip_damaged:
                    return None
                raise

        report = read(run.anomalies)
        return cls(
            run_id=run.id,
            pipeline=run.pipeline,
            state=run.state,
            failed_node=run.failed_node,
            started=run.started,
            seconds=round(run.seconds, 3),
            nodes=tuple(map(_details, run.nodes)),
            rows=run.rows(),
            quarantined=run.quarantined,
            split=read(run.split),
            reading=read(run.reading),
            verdict=read(run.verdict),
            drift=read(run.drift),
            anomalies=report.anomalies if report else (),
            leaderboard=read(run.leaderboard),
            trials=read(run.trials) or (),
            monotonicity=read(run.monotonicity),
            certificate=read(run.certificate),
            pushed=_pushed(run),
        )

    def as_run(
        self,
        nodes: Iterable[str],
        seconds: float,
        messages: Mapping[str, Iterable[str]],
        error: PenstockError | None = None,
        ended: tuple[Recorded | None, Reported | None] = (None, None),
    ) -> RunView:
        """Return the output of `run --json`.

        Args:
            nodes: The nodes of the pipeline in their order.
            seconds: The duration of the command.
            messages: Sentences under `warnings`, `notes` and `repairs`.
            error: The error that ended the run.
            ended: What became of its record in the registry, and of its report; None for what is not configured.
        """
        verdict, nodes_by_id = self.verdict, {node.id: node for node in self.nodes}
        metrics = verdict.metrics if verdict else {}
        return RunView(
            **self._shared(RunView, without=("state", "seconds", "nodes")),
            state="failed" if error else self.state,
            seconds=round(seconds, 3),
            nodes=tuple(_entry(name, nodes_by_id.get(name)) for name in nodes),
            metrics={name: values.model for name, values in metrics.items()},
            baselines={name: _baselines(values) for name, values in metrics.items()},
            intervals={name: values.interval for name, values in metrics.items()},
            ends={name: values.ends for name, values in metrics.items()},
            of_rarer_class=verdict.of_rarer_class if verdict else None,
            gains=verdict.gains if verdict else {},
            thresholds=verdict.thresholds if verdict else (),
            fairness=(verdict.fairness or ()) if verdict else (),
            blessed=verdict.blessed if verdict else None,
            recorded=ended[0],
            report=ended[1],
            warnings=tuple(messages["warnings"]),
            notes=tuple(messages["notes"]),
            repairs=tuple(messages["repairs"]),
            error=Failure.model_validate(error.as_dict()) if error else None,
        )

    def as_shown(
        self, *, artifacts: str, log: str | None, next_step: str | None, signatures: Iterable[str] = ()
    ) -> ShowView:
        """Return the output of `show --json`.

        Args:
            artifacts: The folder of the artifacts.
            signatures: The signatures of the model, if there is one.
            log: The log file of the run, if there is one.
            next_step: The command that continues the run, if there is one.
        """
        verdict = self.verdict
        return ShowView(
            **self._shared(ShowView),
            metrics=verdict.metrics if verdict else {},
            gains=verdict.gains if verdict else {},
            confusion=verdict.confusion if verdict else None,
            reliability=verdict.reliability if verdict else None,
            residuals=verdict.residuals if verdict else None,
            slices=verdict.slices if verdict else (),
            thresholds=verdict.thresholds if verdict else (),
            fairness=(verdict.fairness or ()) if verdict else (),
            blessed=verdict.blessed if verdict else None,
            signatures=tuple(signatures),
            artifacts=artifacts,
            log=log,
            next=next_step,
        )

    def _shared(self, view: type[Part], without: Collection[str] = ()) -> dict[str, Any]:
        """Return the fields that a view has in common with the summary."""
        names = view.model_fields.keys() & type(self).model_fields.keys() - set(without)
        return {name: getattr(self, name) for name in names}


def _details(node: Node) -> NodeDetails:
    return NodeDetails(**{**vars(node), "outputs": tuple(Output(**vars(output)) for output in node.outputs)})


def _entry(name: str, node: NodeDetails | None) -> NodeEntry:
    if node is None:
        return NodeEntry(id=name, state="skipped", seconds=0.0)
    return NodeEntry(id=name, state=node.state, seconds=round(node.seconds, 3))


def _baselines(values: Metric) -> Baselines:
    return Baselines(constant=values.constant, linear=values.linear, baseline=values.baseline)


def _pushed(run: Run) -> Pushed | None:
    pushed = run.pushed_model
    if pushed is None or run.pushed_version is None:
        return None
    return Pushed(version=run.pushed_version, directory=pushed.properties["pushed_destination"])
