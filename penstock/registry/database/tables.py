"""The tables of the registry, as SQLAlchemy's typed mappings; `migrations` creates them.

Nothing is deleted: rows are archived. Ids are numbered by the database and never used again.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, ForeignKey, Index, MetaData, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import BigInteger, Double, Integer, TypeDecorator

# Databases report a violated constraint by its name.
_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Moment(TypeDecorator[datetime]):
    """A point in time in UTC, with a time zone in Python and in PostgreSQL; SQLite stores it without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the time as the database stores it."""
        if value is None or dialect.name != "sqlite":
            return value
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the stored time with its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# SQLite numbers rows by itself only in a column of exactly this type.
Id = BigInteger().with_variant(Integer(), "sqlite")


class Base(DeclarativeBase):
    """The base of the mappings.

    JSON is stored as its text: PostgreSQL's JSONB would change large numbers and the order of keys.
    """

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map = {datetime: Moment, dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012


class _Named:
    """A row with an id that is not used again, and the time at which it was made and archived."""

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    created: Mapped[datetime]
    archived: Mapped[datetime | None]
    description: Mapped[str] = mapped_column(server_default="")


_ROWS = {"sqlite_autoincrement": True}


class Project(_Named, Base):
    """What the models of one aim have in common."""

    __tablename__ = "projects"
    __table_args__ = _ROWS

    name: Mapped[str] = mapped_column(unique=True)


class Model(_Named, Base):
    """A model: what its versions predict."""

    __tablename__ = "models"
    __table_args__ = (UniqueConstraint("project_id", "name"), _ROWS)

    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    name: Mapped[str]


class Experiment(_Named, Base):
    """One run of the pipeline, of any outcome.

    Attributes:
        name: The project, the short hash of the commit, and the number of the experiment of that commit.
        commit: The short hash with `-dirty` if files differ from it; `nogit` outside of a repository.
        number: The number among the experiments of the project and the commit.
        run: The run's name; the same run is recorded once.
        state: The outcome of the run.
        configuration: The configuration of the run.
        data: The training, evaluation and test data.
        evaluations: The metrics by set of rows.
        artifacts: The paths of artifacts by name.
        details: The rest of the document.
        metric: The metric that decides.
    """

    __tablename__ = "experiments"
    __table_args__ = (
        UniqueConstraint("model_id", "run"),
        UniqueConstraint("model_id", "name"),
        Index(None, "model_id", "id"),
        Index(None, "model_id", "commit", "number"),
        Index(None, "model_id", "state", "id"),
        _ROWS,
    )

    model_id: Mapped[int] = mapped_column(ForeignKey("models.id"))
    name: Mapped[str]
    commit: Mapped[str]
    number: Mapped[int]
    run: Mapped[str]
    state: Mapped[str]
    metric: Mapped[str]
    configuration: Mapped[dict[str, Any]]
    data: Mapped[dict[str, Any]]
    evaluations: Mapped[dict[str, Any]]
    artifacts: Mapped[dict[str, Any]]
    details: Mapped[dict[str, Any]]


class Value(Base):
    """A metric or a setting of an experiment, by which experiments are sorted and filtered.

    Attributes:
        kind: `metric` or `setting`.
        name: The name of the metric, or the key of the setting with dots.
        number: The value if it is a number or a truth value; None if it is a text.
        text: The value as a text.
    """

    __tablename__ = "experiment_values"
    __table_args__ = (
        Index("ix_experiment_values_number", "model_id", "kind", "name", "number", "experiment_id"),
        Index("ix_experiment_values_text", "model_id", "kind", "name", "text", "experiment_id"),
        {"sqlite_with_rowid": False},
    )

    experiment_id: Mapped[int] = mapped_column(ForeignKey("experiments.id"), primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    model_id: Mapped[int] = mapped_column(ForeignKey("models.id"))
    number: Mapped[float | None] = mapped_column(Double)
    text: Mapped[str]


class Version(_Named, Base):
    """A version of a model: what was pushed.

    Attributes:
        number: The number of the version, its folder's name.
        folder: The folder.
        digest: The SHA-256 of the files of the model.
        experiment_id: The experiment that pushed it.
        signature: The inputs and outputs with their types.
        tags: Texts by name.
        stage: `active` or `archived`.
    """

    __tablename__ = "versions"
    __table_args__ = (
        UniqueConstraint("model_id", "number"),
        Index(None, "experiment_id"),
        Index(None, "model_id", "id"),
        _ROWS,
    )

    model_id: Mapped[int] = mapped_column(ForeignKey("models.id"))
    number: Mapped[int] = mapped_column(BigInteger)
    folder: Mapped[str]
    digest: Mapped[str]
    experiment_id: Mapped[int] = mapped_column(ForeignKey("experiments.id"))
    signature: Mapped[dict[str, Any]]
    tags: Mapped[dict[str, Any]]
    stage: Mapped[str]


class Alias(Base):
    """A name of a version that can be moved to another one."""

    __tablename__ = "aliases"
    __table_args__ = (Index(None, "version_id"),)

    model_id: Mapped[int] = mapped_column(ForeignKey("models.id"), primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("versions.id"))
    changed: Mapped[datetime]


class Event(Base):
    """A change of the registry; rows are only added.

    Attributes:
        id: The number of the event, without gaps.
        kind: What happened, such as `alias moved`.
        actor: Who did it.
        subject: What was changed: ids by kind of row.
        document: What changed: from, to and why.
        previous: The hash of the event before; empty for the first.
        hash: The SHA-256 of this event and of `previous`.
    """

    __tablename__ = "events"
    __table_args__ = (Index(None, "model_id", "id"), Index(None, "model_id", "kind", "id"), Index(None, "kind", "id"))

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    kind: Mapped[str]
    actor: Mapped[str]
    model_id: Mapped[int | None] = mapped_column(ForeignKey("models.id"))
    subject: Mapped[dict[str, Any]]
    document: Mapped[dict[str, Any]]
    previous: Mapped[str]
    hash: Mapped[str]


class Head(Base):
    """The last event, in the only row; a transaction that writes locks it first, so that the writers take turns."""

    __tablename__ = "head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    events: Mapped[int] = mapped_column(Id)
    hash: Mapped[str]


class Token(_Named, Base):
    """A token of the HTTP API; only its hash is stored.

    Attributes:
        name: The owner, who is the actor of the events.
        hash: The SHA-256 of the token.
        scopes: What it allows.
        expires: From when on it is refused; None for never.
    """

    __tablename__ = "tokens"
    __table_args__ = _ROWS

    name: Mapped[str] = mapped_column(unique=True)
    hash: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[list[Any]]
    expires: Mapped[datetime | None]
