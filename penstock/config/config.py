"""The typed form of `pipeline.toml`: its sections, the checks across them, and the paths of files."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, PrivateAttr, model_validator

from penstock.config.beam import Beam
from penstock.config.dashboard import Dashboard
from penstock.config.data import Data, Section, WrongValue
from penstock.config.decision import Decision, check_decision
from penstock.config.fairness import Fairness, check_fairness
from penstock.config.kubeflow import Kubeflow, Vertex
from penstock.config.registry import Registry
from penstock.config.report import Card, Report
from penstock.config.roles import WrittenRole, check_monotonic
from penstock.config.sections import (
    Drift,
    Evaluation,
    Metadata,
    Model,
    Push,
    Schema,
    State,
    Tuning,
    Validation,
    check_family,
    metrics_of,
)
from penstock.config.serving import Serving
from penstock.config.target import check_coverage, check_loss, check_order, check_weight
from penstock.core.errors import ConfigError
from penstock.core.features import CYCLES, Feature, FeatureSpec
from penstock.core.losses import Loss
from penstock.core.places import in_container, is_remote_place
from penstock.core.text import did_you_mean
from penstock.metadata.store import Store
from penstock.tables.input import Input
from penstock.tables.splits import Splits

Target = Literal["kubeflow", "vertex"]


@dataclass(frozen=True)
class Baseline:
    """A pushed version that models are compared with: its folder, and the SHA-256 of its model."""

    folder: str
    digest: str


@dataclass(frozen=True)
class Resolved:
    """The values that are resolved when a configuration is loaded; none of them is a key of the file.

    Attributes:
        root: The folder that relative paths are relative to.
        source: The source with its variables replaced; empty if it contains none.
        snapshot: The folder with the snapshot of the rows of a database; None before it is taken, and for files.
        target: What the pipeline is compiled for; None if it runs here. In the containers of a
            compiled pipeline paths are relative to the project in the image.
        baseline: The version that the alias `default` points to, with `evaluation.baseline = "default"`; None if there
            is none.
    """

    root: Path = Path()
    source: str = ""
    snapshot: str | None = None
    target: Target | None = None
    baseline: Baseline | None = None


class Config(Section):
    """The configuration in `pipeline.toml`."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,127}$", description="the pipeline's name")
    data: Data
    features: dict[str, WrittenRole] = Field(
        min_length=1, description="`column = role`, for each column that the model sees"
    )
    model: Model = Model()
    tuning: Tuning | None = Field(None, description="search for the model's settings")
    schema_: Schema = Field(Schema(), alias="schema")
    validation: Validation = Validation()
    drift: Drift = Drift()
    evaluation: Evaluation
    decision: Decision | None = Field(None, description="what is decided by a prediction, and how sure it is")
    fairness: Fairness | None = Field(None, description="how far a rate may differ between groups of rows")
    push: Push
    metadata: Metadata = Metadata()
    state: State = State()
    serving: Serving = Serving()
    registry: Registry = Registry()
    dashboard: Dashboard = Dashboard()
    report: Report = Report()
    card: Card = Card()
    beam: Beam = Beam()
    kubeflow: Kubeflow = Kubeflow()
    vertex: Vertex = Vertex()

    _resolved: Resolved = PrivateAttr(default=Resolved())

    @model_validator(mode="after")
    def _consistent(self) -> "Config":
        if self.data.label in self.features:
            raise WrongValue("features without the label", f"{self.data.label!r} among them", "features")
        check_family(self.model, tuned=self.tuning is not None)
        check_monotonic(self.monotonic, self.model.task, self.model.family)
        check_loss(self.model, self.monotonic)
        check_order(self.data.label_order, self.model)
        check_weight(self)
        check_coverage(self.decision, self.model.loss)
        _check_metrics(self)
        _check_columns(self)
        check_decision(self.decision, self.model.task, self.features, self.evaluation.slices)
        check_fairness(self.fairness, self.model.task, self.data.label, self.features)
        return self

    def path(self, relative: str) -> Path:
        """Return an absolute path; a relative one is relative to the folder of the configuration file.

        Raises:
            ConfigError: It is in a bucket, which only the nodes of a compiled pipeline read and write.
        """
        if is_remote_place(relative):
            raise ConfigError(
                relative,
                "a path on this machine",
                "a place that only a compiled pipeline reads and writes",
                "write `penstock compile`, or set another place with --set",
            )
        return (self._resolved.root / relative).absolute()

    def place(self, place: str) -> str:
        """Return where nodes find a file or a folder: an absolute path here, and what is written in a container."""
        return in_container(place) if self.target else str(self.path(place))

    @property
    def target(self) -> Target | None:
        """What the pipeline is compiled for; None if it runs here."""
        return self._resolved.target

    def compiled_for(self, target: Target) -> "Config":
        """Return a copy of the configuration for nodes that run in the containers of a target."""
        return self.with_resolved(replace(self._resolved, target=target))

    @property
    def input(self) -> Input:
        """The source of the rows and how they are read, with an absolute path."""
        configured = self.data.input(self.place, self._resolved.source or self.data.source)
        return replace(configured, snapshot=self._resolved.snapshot, roles=self._roles)

    @property
    def _roles(self) -> dict[str, str] | None:
        """The roles of the numeric and time columns of the source; None with a query, which may have other columns."""
        if self.data.query is not None:
            return None
        measured = self.feature_spec.names("numeric", "timestamp", *CYCLES)
        roles = {name: role for name, role in self.features.items() if name in measured}
        numbers = [self.data.label] if self.model.task == "regression" else []
        numbers += [self.data.weight] if self.data.weight is not None else []
        return {**roles, **dict.fromkeys(numbers, "numeric")} or None

    def with_resolved(self, resolved: Resolved) -> "Config":
        """Return a copy of the configuration with other resolved values."""
        other = self.model_copy()
        other._resolved = resolved
        return other

    def with_sections(self, sections: Mapping[str, Any]) -> "Config":
        """Return a copy of the configuration with other sections, as the file names them.

        Raises:
            ValidationError: They cannot be used.
        """
        other = Config.model_validate({**self.model_dump(mode="json", by_alias=True), **sections})
        return other.with_resolved(self._resolved)

    def with_snapshot(self, snapshot: Path) -> "Config":
        """Return a copy of the configuration whose rows are read from a snapshot of the database."""
        return self.with_resolved(replace(self._resolved, snapshot=str(snapshot)))

    def with_baseline(self, baseline: Baseline | None) -> "Config":
        """Return a copy of the configuration whose models are compared with a version."""
        return self.with_resolved(replace(self._resolved, baseline=baseline))

    @property
    def baseline(self) -> Baseline | None:
        """The version that `default` points to, if it was looked up and there is one."""
        return self._resolved.baseline

    @property
    def splits(self) -> Splits:
        """The splits and how rows are assigned to them."""
        return self.data.split.splits.of(self.features, self.data.label)

    @property
    def feature_spec(self) -> FeatureSpec:
        """The label, the task and the features, for the modules."""
        return FeatureSpec(
            label=self.data.label,
            task=self.model.task,
            features=tuple(Feature.of(name, str(role)) for name, role in self.features.items()),
            vocabulary_size=self.model.vocabulary_size,
            text_buckets=self.model.text_buckets,
            weight=self.data.weight,
            order=self.data.label_order or (),
        )

    @property
    def loss(self) -> Loss:
        """The loss of a regression."""
        return Loss.of(self.model.model_dump())

    @property
    def metrics(self) -> dict[str, bool]:
        """The metrics that are computed: True if a greater value is better."""
        return metrics_of(self.model.task, self.model.loss, ordinal=self.data.label_order is not None)

    @property
    def monotonic(self) -> dict[str, str]:
        """The direction of each feature that a prediction may only rise or only fall with."""
        return {name: role.monotonic for name, role in self.features.items() if role.monotonic}

    @property
    def columns(self) -> tuple[str, ...]:
        """The features and the label."""
        return (*self.features, self.data.label)

    @property
    def categories(self) -> tuple[str, ...]:
        """The columns whose values are categories: features, and the label unless the task is a regression."""
        label = () if self.model.task == "regression" else (self.data.label,)
        return (*self.feature_spec.names("categorical", "boolean"), *label)

    @property
    def metadata_file(self) -> Path | None:
        """The SQLite file of the metadata store; None for a server or a store in memory."""
        prefix = "sqlite:///"
        return self.path(self.store_uri.removeprefix(prefix)) if self.store_uri.startswith(prefix) else None

    @property
    def store_uri(self) -> str:
        """The address of the metadata store: the configured one, or a file in the state folder."""
        return self.metadata.uri or f"sqlite:///{Path(self.state.directory) / 'metadata.sqlite'}"

    @property
    def root(self) -> Path:
        """The folder of the configuration file."""
        return self.path("")

    @property
    def state_folder(self) -> Path:
        """The folder of the artifacts and logs of runs."""
        return self.path(self.state.directory)

    @property
    def artifacts(self) -> Path:
        """The folder of the artifacts."""
        return self.state_folder / "artifacts" / self.name

    @property
    def store(self) -> Store:
        """The metadata store, with the folders that its records name."""
        # Records of runs here name no bucket.
        push = Path() if is_remote_place(self.push.directory) else self.path(self.push.directory)
        return Store(self.name, self.store_uri, self.metadata_file, self.root, self.state_folder, push)

    @property
    def registry_uri(self) -> str:
        """The address of the registry: the configured one, or a file in the state folder."""
        return self.registry.uri or f"sqlite:///{self.state_folder / 'registry.sqlite'}"

    @property
    def records_on_cluster(self) -> bool:
        """Whether a node records the run: nodes of a compiled pipeline can reach a server only."""
        is_server = self.registry_uri.startswith(("http://", "https://"))
        return self.target is not None and self.registry.record and is_server

    @property
    def project_name(self) -> str:
        """The name of the project in the registry."""
        return self.registry.project or self.name

    @property
    def model_name(self) -> str:
        """The name of the model in the registry."""
        return self.registry.model or self.name

    @property
    def reports(self) -> Path:
        """The folder of the reports: the configured one, or a folder in the state folder."""
        return self.path(self.report.directory) if self.report.directory else self.state_folder / "reports"

    @property
    def logs(self) -> Path:
        """The folder of the log files, one per run."""
        return self.path(self.state.directory) / "logs"


def _check_metrics(config: Config) -> None:
    if config.model.family == "linear" and not config.evaluation.has_bound:
        expected = "a threshold other than `not_worse_than_linear`: the linear model is not compared with itself"
        raise WrongValue(expected, "none", "evaluation")
    known = config.metrics
    named = [("evaluation.metric", config.evaluation.metric)]
    named += [(f"evaluation.thresholds.{n}.metric", t.metric) for n, t in enumerate(config.evaluation.thresholds)]
    for key, metric in named:
        if metric not in known:
            expected = f"a metric of the task {config.model.task} ({', '.join(known)})"
            raise WrongValue(expected, f"{metric!r}{did_you_mean(metric, known)}", key)


def _check_columns(config: Config) -> None:
    columns = [*config.features, config.data.label]
    sliced = [
        (f"evaluation.thresholds.{number}.slice", threshold.slice)
        for number, threshold in enumerate(config.evaluation.thresholds)
        if threshold.slice is not None
    ]
    for key, name in [
        *(("evaluation.slices", name) for name in config.evaluation.slices),
        *sliced,
        *(("drift.columns", name) for name in config.drift.columns),
        *(("drift.skew.columns", name) for name in config.drift.skew.columns),
    ]:
        if name not in columns:
            raise WrongValue("a feature of the configuration", f"{name!r}{did_you_mean(name, columns)}", key)
    for name in config.evaluation.slices:
        if config.features.get(name, "").startswith("vector"):
            raise WrongValue("columns of single values", f"{name!r}, a column of lists", "evaluation.slices")
    for key, name in sliced:
        if name not in config.evaluation.slices:
            raise WrongValue("one of evaluation.slices", f"{name!r}{did_you_mean(name, config.evaluation.slices)}", key)
