"""Changes of versions and experiments that are recorded; nothing here imports SQLAlchemy."""

from typing import Any

from penstock.registry.documents import EventKind, Experiment, Version, VersionChange
from penstock.registry.errors import Conflict
from penstock.registry.store.digests import version_digest
from penstock.registry.store.lookups import experiment_by_id, version_by_id
from penstock.registry.store.writer import Writer


def change_version(writer: Writer, id: int, change: VersionChange) -> Version:
    """Change the description, the tags or the stage of a version.

    Raises:
        NotFound: There is no such version.
        Conflict: It is to be archived, and an alias points to it.
    """
    before = version_by_id(writer.connection, id)
    if change.stage == "archived" and before.aliases:
        raise Conflict(
            f"version {before.number}",
            "a version that no alias points to",
            f"one with the alias {', '.join(before.aliases)}",
            "promote another version first",
        )
    values: dict[str, Any] = {}
    if change.description is not None and change.description != before.description:
        values["description"] = change.description
    tags = {name: text for name, text in {**before.tags, **change.tags}.items() if text is not None}
    if tags != before.tags:
        values["tags"] = tags
    if change.stage is not None and change.stage != before.stage:
        values["stage"] = change.stage
    if values:
        subject = {"model": before.model_id, "version": id}
        row = version_digest(before.model_copy(update=values))
        time = writer.record("version changed", subject, number=before.number, why=change.why, to=values, row=row)
        if "stage" in values:
            values["archived"] = time if change.stage == "archived" else None
        writer.connection.update("versions", values, id=id)
    return version_by_id(writer.connection, id)


def archive_experiment(writer: Writer, id: int, why: str, *, undo: bool = False) -> Experiment:
    """Archive an experiment: lists leave it out; or undo that.

    Raises:
        NotFound: There is none with this id.
    """
    found = experiment_by_id(writer.connection, id)
    if undo != (found.archived is None):
        kind: EventKind = "experiment restored" if undo else "experiment archived"
        time = writer.record(kind, {"model": found.model_id, "experiment": id}, why=why)
        writer.connection.update("experiments", {"archived": None if undo else time}, id=id)
    return experiment_by_id(writer.connection, id)
