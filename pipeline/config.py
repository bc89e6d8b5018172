"""The frozen, typed form of `pipeline.toml`, and the only reader of the environment.

Precedence, lowest first: the defaults below, the file, the environment (`PENSTOCK_EVALUATION__MIN=0.9`), the command
line (`--set evaluation.min=0.9`).
"""

import difflib
import os
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, field_validator, model_validator

from modules.features import Feature, FeatureSpec, Role, Task
from pipeline.errors import ConfigError
from pipeline.metrics import METRICS

ENVIRONMENT_PREFIX = "PENSTOCK_"
DEFAULT_FILE = "pipeline.toml"


class Section(BaseModel):
    """A table of the configuration: frozen, and closed to unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class Split(Section):
    """`[data.split]`: which rows train and which evaluate."""

    eval: float = Field(0.33, gt=0, lt=1, description="share of the rows that evaluate; the rest trains")
    key: str | None = Field(None, description="column whose hash decides the split; by default the whole row")


class Data(Section):
    """`[data]`: where the rows come from and what is predicted."""

    source: str = Field(description="CSV, TSV or Parquet: a file, a folder or a glob")
    query: str | None = Field(None, description="SQL over the source, which is called `source`")
    label: str = Field(description="the column to predict")
    split: Split = Split()


class Model(Section):
    """`[model]`: what is trained."""

    family: Literal["neural"] = Field("neural", description="model family")
    task: Task = Field("binary", description="what is predicted: `binary`, `multiclass` or `regression`")
    seed: int = Field(20, ge=0, description="seed of initial weights, shuffling and the validation part")
    epochs: int = Field(40, ge=1, description="most passes over the training rows; early stopping ends sooner")
    batch_size: int = Field(256, ge=1, description="rows per training step")
    learning_rate: float = Field(0.002, gt=0, description="first learning rate; it falls along a cosine to zero")
    vocabulary_size: int = Field(10_000, ge=1, description="most values kept of a categorical column")


class Schema(Section):
    """`[schema]`: the schema to hold the data against."""

    file: str | None = Field(None, description="a curated schema (`schema.pbtxt`); by default it is inferred each run")


class Validation(Section):
    """`[validation]`: when anomalies fail the run."""

    fail_on: Literal["warning", "error", "never"] = Field("error", description="least severity that fails the run")
    columns: dict[str, Literal["warning", "error", "never"]] = Field(
        default_factory=dict, description="`column = severity`, where a column differs from `fail_on`"
    )


class Threshold(Section):
    """One `[[evaluation.thresholds]]`: a bound on a metric, overall or on a slice."""

    metric: str = Field(description="metric that is bounded")
    min: float | None = Field(None, description="least value that passes")
    max: float | None = Field(None, description="greatest value that passes")
    slice: str | None = Field(None, description="column; the bound holds for each of its values")

    @model_validator(mode="after")
    def _bounded(self) -> "Threshold":
        if self.min is None and self.max is None:
            raise ValueError("expected `min` or `max`, received neither")
        return self


class Evaluation(Section):
    """`[evaluation]`: what is measured, and what a model must reach to be pushed."""

    metric: str = Field(description="the metric that decides")
    min: float | None = Field(None, description="least value of the metric that passes")
    max: float | None = Field(None, description="greatest value of the metric that passes")
    min_improvement: float | None = Field(
        None, description="least gain over the latest blessed model, in the metric's own direction"
    )
    slices: tuple[str, ...] = Field((), description="columns by whose values the metrics are also computed")
    thresholds: tuple[Threshold, ...] = Field((), description="further bounds")

    @model_validator(mode="after")
    def _gated(self) -> "Evaluation":
        if self.min is None and self.max is None and self.min_improvement is None and not self.thresholds:
            raise ValueError("expected a threshold (`min`, `max`, `min_improvement` or `thresholds`), received none")
        return self


class Push(Section):
    """`[push]`: where blessed models go."""

    directory: str = Field(description="folder of versions, as TensorFlow Serving reads it")


class Metadata(Section):
    """`[metadata]`: where what happened is recorded."""

    uri: str = Field(
        "sqlite:///state/metadata.sqlite",
        description="`sqlite:///FILE`, `sqlite://` (in memory), `mysql://USER:PASSWORD@HOST/NAME` or `postgresql://...`",
    )

    @field_validator("uri")
    @classmethod
    def _known_scheme(cls, uri: str) -> str:
        if uri == "sqlite://" or uri.startswith(("sqlite:///", "mysql://", "postgresql://")):
            return uri
        raise ValueError(f"expected sqlite:///FILE, sqlite://, mysql://... or postgresql://..., received {uri!r}")


class State(Section):
    """`[state]`: where runs leave their artifacts and logs."""

    directory: str = Field("state", description="folder of artifacts and log files")


class Beam(Section):
    """`[beam]`: where Beam transforms inside the components run."""

    runner: Literal["local", "flink", "dataflow"] = Field("local", description="Beam runner")
    options: tuple[str, ...] = Field((), description="further Beam flags, such as `--job_endpoint=localhost:8099`")


class Kubeflow(Section):
    """`[kubeflow]`: what a compiled pipeline needs on the cluster."""

    image: str = Field("penstock:latest", description="container image that holds this project and its environment")
    root: str = Field("gs://bucket/penstock", description="folder for artifacts that every node can reach")


class Config(Section):
    """The whole of `pipeline.toml`."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,127}$", description="the pipeline's name")
    data: Data
    features: dict[str, Role] = Field(min_length=1, description="`column = role`, for each column that the model sees")
    model: Model = Model()
    schema_: Schema = Field(Schema(), alias="schema")
    validation: Validation = Validation()
    evaluation: Evaluation
    push: Push
    metadata: Metadata = Metadata()
    state: State = State()
    beam: Beam = Beam()
    kubeflow: Kubeflow = Kubeflow()

    _root: Path = PrivateAttr(default=Path())

    @model_validator(mode="after")
    def _consistent(self) -> "Config":
        if self.data.label in self.features:
            raise ValueError(f"expected features without the label, received {self.data.label!r} among them")
        _check_metrics(self)
        _check_columns(self)
        return self

    def path(self, relative: str) -> Path:
        """Return an absolute path; relative ones start at the configuration file's folder."""
        return (self._root / relative).absolute()

    @property
    def feature_spec(self) -> FeatureSpec:
        """The label, the task and the features, as the modules know them."""
        return FeatureSpec(
            label=self.data.label,
            task=self.model.task,
            features=tuple(Feature(name, role) for name, role in self.features.items()),
            vocabulary_size=self.model.vocabulary_size,
        )

    @property
    def metadata_file(self) -> Path | None:
        """The metadata store's SQLite file, or None where the store is none."""
        prefix = "sqlite:///"
        return self.path(self.metadata.uri.removeprefix(prefix)) if self.metadata.uri.startswith(prefix) else None

    @property
    def artifacts(self) -> Path:
        """The folder that holds each node's artifacts."""
        return self.path(self.state.directory) / "artifacts" / self.name

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
    for key, value in _from_environment(os.environ if environment is None else environment):
        _assign(values, key, value, where="the environment")
    for setting in settings:
        key, separator, value = setting.partition("=")
        if not separator:
            raise ConfigError(f"--set {setting}", "key=value", repr(setting), "write for example `--set evaluation.min=0.9`")
        _assign(values, key.strip().split("."), value.strip(), where="--set")
    try:
        config = Config.model_validate(values)
    except ValidationError as error:
        raise _sentence(path, error) from None
    config._root = path.absolute().parent
    return config


def environment_flag(name: str) -> bool:
    """Return whether the environment variable is set to anything (`NO_COLOR` and its like)."""
    return bool(os.environ.get(name))


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            f"no configuration {path}", "a TOML file", "no such file", "name one with --config FILE"
        ) from None
    except (IsADirectoryError, PermissionError) as error:
        raise ConfigError(f"configuration {path}", "a readable TOML file", error.strerror, "name one with --config") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"configuration {path}", "UTF-8 text", f"a stray byte at {error.start}", "save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"configuration {path}", "TOML", f"a syntax error: {error}", "mend that line") from None


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
            raise ConfigError(f"{where}: {'.'.join(key)}", f"a table at {part}", repr(inner), "check the key")
        values = inner
    values[key[-1]] = _literal(text)


def _literal(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _check_metrics(config: Config) -> None:
    known = METRICS[config.model.task]
    for metric in [config.evaluation.metric, *(threshold.metric for threshold in config.evaluation.thresholds)]:
        if metric not in known:
            raise ValueError(
                f"expected a metric of the task {config.model.task} ({', '.join(known)}), "
                f"received {metric!r}{suggestion(metric, known)}"
            )


def _check_columns(config: Config) -> None:
    columns = [*config.features, config.data.label]
    for where, names in {
        "evaluation.slices": config.evaluation.slices,
        "evaluation.thresholds slice": [t.slice for t in config.evaluation.thresholds if t.slice is not None],
        "validation.columns": config.validation.columns,
    }.items():
        for name in names:
            if name not in columns:
                raise ValueError(
                    f"expected in {where} a feature of the configuration, received {name!r}{suggestion(name, columns)}"
                )
    unlisted = {t.slice for t in config.evaluation.thresholds if t.slice} - set(config.evaluation.slices)
    if unlisted:
        raise ValueError(f"expected the slice of a threshold among evaluation.slices, received {sorted(unlisted)[0]!r}")


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return ` (did you mean ...?)` with the nearest known name, or nothing where none is near."""
    nearest = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f" (did you mean {nearest[0]!r}?)" if nearest else ""


def _sentence(path: Path, error: ValidationError) -> ConfigError:
    first = error.errors()[0]
    location = [str(part) for part in first["loc"]]
    key = ".".join(location) or "the configuration"
    what = f"{path}: {key}"
    advice = "see docs/configuration.md"
    if first["type"] == "extra_forbidden":
        known = _keys_at(location[:-1])
        return ConfigError(what, f"one of {', '.join(known)}", f"an unknown key{suggestion(location[-1], known)}", advice)
    if first["type"] == "missing":
        return ConfigError(what, "a value", "none", f"add the key; {advice}")
    if first["type"] == "value_error":
        reason = str(first["ctx"]["error"])
        expected, _, received = reason.removeprefix("expected ").rpartition(", received ")
        return ConfigError(what, expected, received, advice)
    expected = first["ctx"]["expected"] if first["type"] == "literal_error" else _lower_first(first["msg"])
    received = repr(first["input"])
    if first["type"] == "literal_error":
        received += suggestion(str(first["input"]), [choice.strip("' ") for choice in expected.replace(" or ", ",").split(",")])
    return ConfigError(what, expected.removeprefix("input should be "), received, advice)


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


def _keys_at(location: list[str]) -> list[str]:
    section: type[BaseModel] = Config
    for part in location:
        for name, field in section.model_fields.items():
            if part in (name, field.alias):
                annotation = field.annotation
                if isinstance(annotation, type) and issubclass(annotation, BaseModel):
                    section = annotation
                elif part == "thresholds":
                    section = Threshold
    return [field.alias or name for name, field in section.model_fields.items()]
