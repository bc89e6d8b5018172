"""The frozen, typed form of `pipeline.toml`, and the only reader of the environment.

Precedence, lowest first: the defaults below, the file, the environment (`PENSTOCK_EVALUATION__MIN=0.9`), the command
line (`--set evaluation.min=0.9`).
"""

import codecs
import difflib
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, Field, PrivateAttr, ValidationError, field_validator, model_validator

from modules.features import CYCLES, Feature, FeatureSpec
from pipeline.data_section import Data, Folder, Section, WrongValue
from pipeline.drift_section import Drift
from pipeline.errors import ConfigError
from pipeline.evaluation_section import Evaluation
from pipeline.expectations import EXPECTED
from pipeline.metrics import METRICS
from pipeline.model_section import Model
from pipeline.roles import WrittenRole
from pipeline.source_url import filled
from pipeline.tuning_section import Tuning, check_family
from tables.input import Input
from tables.shares import Splits
from tables.urls import without_password

ENVIRONMENT_PREFIX = "PENSTOCK_"
DEFAULT_FILE = "pipeline.toml"


class Schema(Section):
    """`[schema]`: the schema to hold the data against."""

    file: str | None = Field(None, description="a curated schema (`schema.pbtxt`); by default it is inferred each run")


class Validation(Section):
    """`[validation]`: when anomalies fail the run."""

    fail_on: Literal["warning", "error", "never"] = Field("error", description="least severity that fails the run")
    columns: dict[str, Literal["warning", "error", "never"]] = Field(
        default_factory=dict, description="`column = severity`, where a column differs from `fail_on`"
    )


class Push(Section):
    """`[push]`: where blessed models go."""

    directory: Folder = Field(description="folder of versions, as TensorFlow Serving reads it")


class Metadata(Section):
    """`[metadata]`: where what happened is recorded."""

    uri: str | None = Field(
        None,
        description="`sqlite:///FILE`, `mysql://USER:PASSWORD@HOST/NAME`, or in notebooks `sqlite://` (in memory)",
    )

    @field_validator("uri")
    @classmethod
    def _known_scheme(cls, uri: str | None) -> str | None:
        if uri is None or uri == "sqlite://" or re.match(r"(sqlite:///|mysql://|postgresql://).", uri):
            return uri
        without_password = re.sub(r"(://[^:/@]*):.*@", r"\1:***@", uri)
        raise WrongValue("sqlite:///FILE, mysql://..., or in notebooks sqlite://", repr(without_password))


class State(Section):
    """`[state]`: where runs leave their artifacts, logs and, unless `metadata.uri` is set, records."""

    directory: Folder = Field("state", description="folder of artifacts, log files and metadata store")


class Beam(Section):
    """`[beam]`: where Beam transforms inside the components run."""

    runner: Literal["local", "flink", "dataflow"] = Field("local", description="Beam runner")
    options: tuple[str, ...] = Field((), description="further Beam flags, such as `--job_endpoint=localhost:8099`")


class Kubeflow(Section):
    """`[kubeflow]`: what a compiled pipeline needs on the cluster."""

    image: str = Field("penstock:latest", description="container image that holds this project and its environment")
    root: str = Field("gs://bucket/penstock", description="folder for artifacts that every node can reach")


@dataclass(frozen=True)
class Resolved:
    """What a configuration stands for where it was loaded; none of it is a key of the file.

    Attributes:
        root: The folder that relative paths start at.
        source: The source with the values of the variables in it; empty where it is as it is written.
        snapshot: The folder that holds the rows of a database since the beginning of the run.
    """

    root: Path = Path()
    source: str = ""
    snapshot: str | None = None


class Config(Section):
    """The whole of `pipeline.toml`."""

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
    push: Push
    metadata: Metadata = Metadata()
    state: State = State()
    beam: Beam = Beam()
    kubeflow: Kubeflow = Kubeflow()

    _resolved: Resolved = PrivateAttr(default=Resolved())

    @model_validator(mode="after")
    def _consistent(self) -> "Config":
        if self.data.label in self.features:
            raise WrongValue("features without the label", f"{self.data.label!r} among them", "features")
        check_family(self.model.family, tuned=self.tuning is not None, warm=self.model.warm_start)
        _check_metrics(self)
        _check_columns(self)
        return self

    def path(self, relative: str) -> Path:
        """Return an absolute path; relative ones start at the configuration file's folder."""
        return (self._resolved.root / relative).absolute()

    @property
    def input(self) -> Input:
        """Where the rows come from and how they are read, with an absolute path."""
        given = self.data.input(self.path, self._resolved.source or self.data.source)
        return replace(given, snapshot=self._resolved.snapshot, roles=self._roles)

    @property
    def _roles(self) -> dict[str, str] | None:
        """The columns of the source that are used as numbers and times; with a query its columns may be others."""
        if self.data.query is not None:
            return None
        measured = self.feature_spec.names("numeric", "timestamp", *CYCLES)
        roles = {name: role for name, role in self.features.items() if name in measured}
        return {**roles, **({self.data.label: "numeric"} if self.model.task == "regression" else {})} or None

    def resolved(self, resolved: Resolved) -> "Config":
        """Return the configuration with what its relative paths, source and rows stand for; this one stays as it is."""
        other = self.model_copy()
        other._resolved = resolved
        return other

    def reading(self, snapshot: Path) -> "Config":
        """Return the configuration whose rows are read from a snapshot of the database."""
        return self.resolved(replace(self._resolved, snapshot=str(snapshot)))

    @property
    def splits(self) -> Splits:
        """The splits and what decides between them."""
        return self.data.split.splits.of(self.features, self.data.label)

    @property
    def feature_spec(self) -> FeatureSpec:
        """The label, the task and the features, as the modules know them."""
        return FeatureSpec(
            label=self.data.label,
            task=self.model.task,
            features=tuple(Feature.of(name, role) for name, role in self.features.items()),
            vocabulary_size=self.model.vocabulary_size,
            text_buckets=self.model.text_buckets,
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """The features and the label."""
        return (*self.features, self.data.label)

    @property
    def categories(self) -> tuple[str, ...]:
        """The features, and the label, whose values are told apart and not measured."""
        label = () if self.model.task == "regression" else (self.data.label,)
        return (*self.feature_spec.names("categorical", "boolean"), *label)

    @property
    def metadata_file(self) -> Path | None:
        """The metadata store's SQLite file, or None where the store is none."""
        prefix = "sqlite:///"
        return self.path(self.store_uri.removeprefix(prefix)) if self.store_uri.startswith(prefix) else None

    @property
    def store_uri(self) -> str:
        """The metadata store's address: the one that is configured, or a file in the state's folder."""
        return self.metadata.uri or f"sqlite:///{Path(self.state.directory) / 'metadata.sqlite'}"

    @property
    def root(self) -> Path:
        """The folder of the configuration file."""
        return self.path("")

    @property
    def state_folder(self) -> Path:
        """The folder that runs leave their artifacts and logs in."""
        return self.path(self.state.directory)

    @property
    def artifacts(self) -> Path:
        """The folder that holds each node's artifacts."""
        return self.state_folder / "artifacts" / self.name

    @property
    def logs(self) -> Path:
        """The folder that holds a log file per run."""
        return self.path(self.state.directory) / "logs"


def load(
    file: str | Path | None = None,
    settings: Iterable[str] = (),
    environment: Mapping[str, str] | None = None,
) -> Config:
    """Return the configuration of `file`, overlaid by the environment, then by `settings` (`key=value`).

    Raises:
        ConfigError: The file is missing or not TOML, or a key or value is wrong; the error names it.
    """
    path = Path(file or DEFAULT_FILE)
    values = _read(path)
    environment = os.environ if environment is None else environment
    for place, value in _from_environment(environment):
        _assign(values, place, value, where="the environment")
    for setting in settings:
        key, separator, value = setting.partition("=")
        if not separator or not key.strip():
            raise ConfigError(
                f"--set {setting}", "key=value", repr(setting), "write for example `--set evaluation.min=0.9`"
            )
        _assign(values, key.strip().split("."), value.strip(), where="--set")
    try:
        config = Config.model_validate(values)
    except ValidationError as error:
        raise _sentence(path, error) from None
    return config.resolved(Resolved(path.absolute().parent, filled(config.data.source, environment)))


def environment_flag(name: str) -> bool:
    """Return whether the environment variable is set to anything (`NO_COLOR` and its like)."""
    return bool(os.environ.get(name))


def environment_with(**defaults: str) -> dict[str, str]:
    """Return the environment of this process, with values for variables that it does not set."""
    return {**defaults, **os.environ}


def _read(path: Path) -> dict[str, Any]:
    try:
        # With or without the byte order mark that editors on Windows put before the first line.
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError(
            f"no configuration {path}", "a TOML file", "no such file", "name one with --config FILE"
        ) from None
    except OSError as error:
        received = error.strerror or str(error)
        raise ConfigError(f"configuration {path}", "a readable TOML file", received, "name one with --config") from None
    except UnicodeDecodeError as error:
        marked = error.object.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        received = "UTF-16" if marked else f"a stray byte at {error.start}"
        raise ConfigError(f"configuration {path}", "UTF-8 text", received, "save it as UTF-8") from None
    except RecursionError:
        received = "lists or tables nested too deep to read"
        raise ConfigError(f"configuration {path}", "TOML as in docs/configuration.md", received, "flatten it") from None
    except ValueError as error:  # a syntax error, or a number of thousands of digits
        raise ConfigError(f"configuration {path}", "TOML", f"a syntax error: {error}", "correct that line") from None


def _from_environment(environment: Mapping[str, str]) -> list[tuple[list[str], str]]:
    return [
        (name.removeprefix(ENVIRONMENT_PREFIX).lower().split("__"), value)
        for name, value in sorted(environment.items())
        if name.startswith(ENVIRONMENT_PREFIX)
    ]


def _assign(values: dict[str, Any], key: list[str], text: str, *, where: str) -> None:
    for part in key[:-1]:
        inner = values.setdefault(part, {})
        if not isinstance(inner, dict):
            raise ConfigError(f"{where}: {'.'.join(key)}", f"a table at {part}", _shown(inner), "check the key")
        values = inner
    values[key[-1]] = _literal(text)


def _shown(value: Any) -> str:
    """Return a value as an error shows it; where it stands in a wrong place, it may still be a URL with a password."""
    return without_password(repr(value))


def _literal(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        return text


def _check_metrics(config: Config) -> None:
    known = METRICS[config.model.task]
    named = [("evaluation.metric", config.evaluation.metric)]
    named += [(f"evaluation.thresholds.{n}.metric", t.metric) for n, t in enumerate(config.evaluation.thresholds)]
    for key, metric in named:
        if metric not in known:
            expected = f"a metric of the task {config.model.task} ({', '.join(known)})"
            raise WrongValue(expected, f"{metric!r}{suggestion(metric, known)}", key)


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
            raise WrongValue("a feature of the configuration", f"{name!r}{suggestion(name, columns)}", key)
    for name in config.evaluation.slices:
        if config.features.get(name, "").startswith("vector"):
            raise WrongValue("columns of single values", f"{name!r}, a column of lists", "evaluation.slices")
    for key, name in sliced:
        if name not in config.evaluation.slices:
            raise WrongValue("one of evaluation.slices", f"{name!r}{suggestion(name, config.evaluation.slices)}", key)


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return ` (did you mean ...?)` with the nearest known name, or nothing where none is near."""
    nearest = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f" (did you mean {nearest[0]!r}?)" if nearest else ""


def _sentence(path: Path, error: ValidationError) -> ConfigError:
    first = error.errors()[0]
    kind, context, location = first["type"], first.get("ctx", {}), [str(part) for part in first["loc"]]
    advice = "see docs/configuration.md"
    if kind == "value_error":
        wrong = context["error"]
        key = ".".join(part for part in (*location, wrong.key) if part)
        return ConfigError(f"{path}: {key}", wrong.expected, wrong.received, advice)
    what = f"{path}: {'.'.join(location)}"
    if kind == "extra_forbidden":
        known = _keys_at(location[:-1])
        return ConfigError(
            what, f"one of {', '.join(known)}", f"an unknown key{suggestion(location[-1], known)}", advice
        )
    if kind == "missing":
        return ConfigError(what, "a value", "none", f"add the key; {advice}")
    received = _shown(first["input"])
    if kind == "literal_error":
        received += suggestion(str(first["input"]), re.findall(r"'([^']*)'", context["expected"]))
    return ConfigError(what, EXPECTED.get(kind, first["msg"]).format(**context), received, advice)


def _keys_at(location: list[str]) -> list[str]:
    section: type[BaseModel] = Config
    for part in location:
        for name, field in section.model_fields.items():
            if part in (name, field.alias):
                parts = (field.annotation, *get_args(field.annotation))
                section = next((p for p in parts if isinstance(p, type) and issubclass(p, BaseModel)), section)
    return [field.alias or name for name, field in section.model_fields.items()]
