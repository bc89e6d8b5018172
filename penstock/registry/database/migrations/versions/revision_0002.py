"""Indexes for the newest versions of a model, and for the events of one kind."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the indexes."""
    op.create_index("ix_versions_model_id_id", "versions", ["model_id", "id"])
    op.create_index("ix_events_model_id_kind_id", "events", ["model_id", "kind", "id"])
    op.create_index("ix_events_kind_id", "events", ["kind", "id"])
