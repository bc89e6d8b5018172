"""The documents of the registry: what is stored, and what the commands, the HTTP API and the client give and take."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"
DEFAULT = "default"

Stage = Literal["active", "archived"]
State = Literal["pushed", "refused", "failed", "finished"]
Item = TypeVar("Item")

# What a column of text cannot store: PostgreSQL refuses NUL, both databases refuse half of a surrogate pair.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_DEPTH = 50
# The whole numbers that each reader of JSON reads exactly.
LARGEST = 2**53 - 1
# Greater ones are no numbers for the databases either.
_LARGEST_NUMBER = 10**300


def _storable(text: str) -> str:
    if UNSTORABLE.search(text):
        raise ValueError("contains NUL or half of a surrogate pair")
    return text


def _plain(value: Any, depth: int = 0) -> Any:
    """Return a value as JSON, which databases store as text; infinity and NaN, which JSON does not have, as words."""
    if depth > _DEPTH:
        raise ValueError(f"nested deeper than {_DEPTH} levels")
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, int) and abs(value) > _LARGEST_NUMBER:
        raise ValueError("a whole number of more than 300 digits")
    if isinstance(value, Mapping):
        return {str(key): _plain(each, depth + 1) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each, depth + 1) for each in value]
    return value


Name = Annotated[str, StringConstraints(pattern=NAME)]
# It begins with a letter: a number is the name of a version.
ALIAS = r"^[A-Za-z][A-Za-z0-9._-]{0,127}$"
AliasName = Annotated[str, StringConstraints(pattern=ALIAS)]
NO_NUL = r"^[^\x00]*$"
Text = Annotated[str, StringConstraints(max_length=4_000, pattern=NO_NUL), AfterValidator(_storable)]
Values = Annotated[dict[str, Any], BeforeValidator(_plain)]
# A reader of the document has to know that there are no other keys than those of the pattern.
_ONLY: dict[str, Any] = {"additionalProperties": False}
Tags = Annotated[dict[Name, Text], Field(max_length=100, json_schema_extra=_ONLY)]
Id = Annotated[int, Field(ge=1, le=LARGEST)]


class Body(BaseModel):
    """What a caller gives; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Stored(BaseModel):
    """What the registry gives."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: int
    created: AwareDatetime
    archived: AwareDatetime | None = None
    description: str = ""


class ProjectBody(Body):
    """A project to be made."""

    name: Name
    description: Text = ""


class Project(Stored):
    """A project."""

    name: str


class ModelBody(Body):
    """A model to be made in a project."""

    project_id: Id
    name: Name
    description: Text = ""


class Model(Stored):
    """A model."""

    project_id: int
    project: str
    name: str


class Node(Body):
    """A node of a run: its outcome and its cost."""

    id: Text
    state: Text
    seconds: float = 0.0
    peak_bytes: int | None = None


class Data(Body):
    """The rows of an experiment.

    Attributes:
        source: The files or the URL, without a password.
        query: The query; None if all rows were read.
        files: The SHA-256 of each file, by name; for a database that of the query's result.
        rows: The number of rows by split.
        kept: The file with the rows themselves; None if they were not kept.
    """

    source: Text = ""
    query: Annotated[str, StringConstraints(pattern=NO_NUL), AfterValidator(_storable)] | None = None
    files: Values = {}
    rows: dict[str, Annotated[int, Field(ge=0, le=LARGEST)]] = {}
    kept: Text | None = None


class ExperimentBody(Body):
    """An experiment to be recorded: one run of the pipeline.

    Attributes:
        model_id: The model.
        run: The name of the run; a run is recorded once.
        state: The outcome.
        commit: The short hash of the commit, or `nogit`.
        dirty: Whether files differed from the commit.
        metric: The metric that decides.
        configuration: The configuration, with passwords masked.
        data: The rows.
        evaluations: By set of rows, such as `overall`, the values of each metric.
        artifacts: The path of each artifact.
        metadata: Ids in ML Metadata.
        packages: The versions of the packages.
        nodes: The nodes, in the order in which they started.
        place: Who ran it, and where.
        started: When it began.
        seconds: How long it took.
        failure: The error of a failed run, or why the model was refused; empty otherwise.
    """

    model_id: Id
    run: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=NO_NUL), AfterValidator(_storable)]
    state: State
    commit: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{7,40}|nogit)$")] = "nogit"
    dirty: bool = False
    metric: Text = ""
    configuration: Values = {}
    data: Data = Data()
    evaluations: Values = {}
    artifacts: Values = {}
    metadata: Values = {}
    packages: Values = {}
    nodes: tuple[Node, ...] = ()
    place: Values = {}
    started: AwareDatetime | None = None
    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    failure: Text = ""
    description: Text = ""


class Experiment(Stored):
    """An experiment."""

    model_id: int
    name: str
    run: str
    state: State
    commit: str
    number: int
    metric: str
    configuration: dict[str, Any]
    data: dict[str, Any]
    evaluations: dict[str, Any]
    artifacts: dict[str, Any]
    details: dict[str, Any]

    @property
    def value(self) -> float | None:
        """The value of the deciding metric over all rows."""
        return overall(self.evaluations).get(self.metric)


class VersionBody(Body):
    """A version to be recorded."""

    model_id: Id
    number: Id
    folder: Text
    digest: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    experiment_id: Id
    signature: Values = {}
    tags: Tags = {}
    description: Text = ""


class Version(Stored):
    """A version of a model."""

    model_id: int
    number: int
    folder: str
    digest: str
    experiment_id: int
    signature: dict[str, Any]
    tags: dict[str, str]
    stage: Stage
    aliases: tuple[str, ...] = ()


class VersionChange(Body):
    """A change of a version: what is None stays as it is; a tag that is None is removed."""

    description: Text | None = None
    stage: Stage | None = None
    tags: Annotated[dict[Name, Text | None], Field(max_length=100, json_schema_extra=_ONLY)] = {}
    why: Text = ""


class Alias(BaseModel):
    """A name that points to a version of a model."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    model_id: int
    name: str
    version: int
    version_id: int
    changed: AwareDatetime


class AliasMove(Body):
    """A move of an alias.

    Attributes:
        version: The number of the version to point to.
        why: The reason.
        expect: The number that the alias points to now, or 0 for none; None if it does not matter.
    """

    version: Id
    why: Text = ""
    expect: Annotated[int, Field(ge=0, le=LARGEST)] | None = None


class Rollback(Body):
    """A rollback of an alias: why, and the number of the version that it points to now, if that matters."""

    why: Text = ""
    expect: Id | None = None


class Reason(Body):
    """Why something is done, for the event."""

    why: Text = ""


class Archival(Reason):
    """Why something is archived, or with `undo` listed again."""

    undo: bool = False


class Event(BaseModel):
    """A change of the registry."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: int
    at: AwareDatetime
    kind: str
    actor: str
    model_id: int | None
    subject: dict[str, Any]
    document: dict[str, Any]
    previous: str
    hash: str


# The kinds of the events.
EventKind = Literal[
    "project made",
    "project archived",
    "model made",
    "model archived",
    "experiment recorded",
    "evaluations added",
    "artifacts added",
    "experiment archived",
    "experiment restored",
    "version recorded",
    "version changed",
    "alias moved",
    "schema accepted",
    "token made",
    "token revoked",
]
MOVED: EventKind = "alias moved"
ACCEPTED: EventKind = "schema accepted"


class Page(BaseModel, Generic[Item]):
    """A part of a list.

    Attributes:
        items: The rows.
        after: What to give as `after` for the next part; None at the end of the list.
    """

    model_config = ConfigDict(frozen=True)

    items: tuple[Item, ...]
    after: str | None = None


def page_of(items: list[Item], limit: int) -> Page[Item]:
    """Return a page of a list with one item more than fits, if there is one."""
    kept = items[:limit]
    after = str(getattr(kept[-1], "id", "")) if len(items) > limit else None
    return Page(items=tuple(kept), after=after)


def overall(evaluations: Mapping[str, Any]) -> dict[str, float]:
    """Return the metrics over all rows, of those that have a finite value."""
    values = evaluations.get("overall")
    found = values.items() if isinstance(values, Mapping) else ()
    return {str(name): float(value) for name, value in found if is_number(value)}


def is_number(value: Any) -> bool:
    """Return whether a JSON value is a number, and not a truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def settings(configuration: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the settings of a configuration by their keys with dots; a list is one value."""
    for key, value in configuration.items():
        if isinstance(value, Mapping):
            yield from settings(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


Scope = Literal["read", "write", "promote", "admin"]


class TokenBody(Body):
    """A token to be made.

    Attributes:
        name: Its owner, who is the actor of the events.
        scopes: What it allows: `admin` allows all.
        days: How long it is valid; None for ever.
        description: What it is for.
    """

    name: Name
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1)]
    days: Annotated[float, Field(gt=0, le=36_500, allow_inf_nan=False)] | None = None
    description: Text = ""


class NewToken(BaseModel):
    """A token that was made, with its text, which is shown once and stored nowhere."""

    model_config = ConfigDict(frozen=True)

    token: "Token"
    text: str


class Token(Stored):
    """A token, without its text."""

    name: str
    scopes: tuple[Scope, ...]
    expires: AwareDatetime | None = None

    def allows(self, scope: Scope) -> bool:
        """Return whether the token allows something."""
        return scope in self.scopes or "admin" in self.scopes
