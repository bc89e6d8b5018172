"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables, and the row that the writers lock."""
    _create_named("projects", _text("name"), sa.UniqueConstraint("name", name="uq_projects_name"))
    _create_named(
        "models",
        _reference("models", "project"),
        _text("name"),
        sa.UniqueConstraint("project_id", "name", name="uq_models_project_id_name"),
    )
    _create_experiments()
    _create_named(
        "versions",
        _reference("versions", "model"),
        sa.Column("number", sa.BigInteger, nullable=False),
        _text("folder"),
        _text("digest"),
        _reference("versions", "experiment"),
        _json("signature"),
        _json("tags"),
        _text("stage"),
        sa.UniqueConstraint("model_id", "number", name="uq_versions_model_id_number"),
    )
    op.create_index("ix_versions_experiment_id", "versions", ["experiment_id"])
    op.create_table(
        "aliases",
        _reference("aliases", "model"),
        _text("name"),
        _reference("aliases", "version"),
        sa.Column("changed", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("model_id", "name", name="pk_aliases"),
    )
    op.create_index("ix_aliases_version_id", "aliases", ["version_id"])
    _create_events()
    _create_named(
        "tokens",
        _text("name"),
        _text("hash"),
        _json("scopes"),
        sa.Column("expires", _TIME),
        sa.UniqueConstraint("name", name="uq_tokens_name"),
        sa.UniqueConstraint("hash", name="uq_tokens_hash"),
    )


def _create_experiments() -> None:
    _create_named(
        "experiments",
        _reference("experiments", "model"),
        *(_text(name) for name in ("name", "commit")),
        sa.Column("number", sa.Integer, nullable=False),
        *(_text(name) for name in ("run", "state", "metric")),
        *(_json(name) for name in ("configuration", "data", "evaluations", "artifacts", "details")),
        sa.UniqueConstraint("model_id", "run", name="uq_experiments_model_id_run"),
        sa.UniqueConstraint("model_id", "name", name="uq_experiments_model_id_name"),
    )
    op.create_index("ix_experiments_model_id_id", "experiments", ["model_id", "id"])
    op.create_index("ix_experiments_model_id_commit_number", "experiments", ["model_id", "commit", "number"])
    op.create_index("ix_experiments_model_id_state_id", "experiments", ["model_id", "state", "id"])
    op.create_table(
        "experiment_values",
        _reference("experiment_values", "experiment"),
        _text("kind"),
        _text("name"),
        _reference("experiment_values", "model"),
        sa.Column("number", sa.Double),
        _text("text"),
        sa.PrimaryKeyConstraint("experiment_id", "kind", "name", name="pk_experiment_values"),
        sqlite_with_rowid=False,
    )
    for column in ("number", "text"):
        keys = ["model_id", "kind", "name", column, "experiment_id"]
        op.create_index(f"ix_experiment_values_{column}", "experiment_values", keys)


def _create_events() -> None:
    op.create_table(
        "events",
        sa.Column("id", _ID, nullable=False, autoincrement=False),
        sa.Column("at", _TIME, nullable=False),
        _text("kind"),
        _text("actor"),
        _reference("events", "model", nullable=True),
        _json("subject"),
        _json("document"),
        _text("previous"),
        _text("hash"),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
    )
    op.create_index("ix_events_model_id_id", "events", ["model_id", "id"])
    head = op.create_table(
        "head",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("events", _ID, nullable=False),
        _text("hash"),
        sa.PrimaryKeyConstraint("id", name="pk_head"),
    )
    op.bulk_insert(head, [{"id": 1, "events": 0, "hash": ""}])


def _create_named(table: str, *parts: sa.schema.SchemaItem) -> None:
    op.create_table(
        table,
        sa.Column("id", _ID, nullable=False),
        sa.Column("created", _TIME, nullable=False),
        sa.Column("archived", _TIME),
        sa.Column("description", sa.String, nullable=False, server_default=""),
        *parts,
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sqlite_autoincrement=True,
    )


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String, nullable=False)


def _json(name: str) -> sa.Column[dict[str, object]]:
    return sa.Column(name, sa.JSON, nullable=False)


def _reference(table: str, to: str, *, nullable: bool = False) -> sa.Column[int]:
    key = sa.ForeignKey(f"{to}s.id", name=f"fk_{table}_{to}_id")
    return sa.Column(f"{to}_id", _ID, key, nullable=nullable)
