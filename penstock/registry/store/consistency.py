"""Compares experiments, versions and aliases with what the events say of them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from penstock.registry.database import tables
from penstock.registry.documents import Experiment, Version
from penstock.registry.store.digests import experiment_digest, version_digest

_BATCH = 500
_EVENT, _ALIAS, _VERSION, _EXPERIMENT = tables.Event, tables.Alias, tables.Version, tables.Experiment


@dataclass
class _Said:
    """What the events say of the rows.

    Attributes:
        experiments: The digest of each experiment by id.
        versions: The digest of each version by id.
        aliases: The version of each alias, by model and name.
    """

    experiments: dict[int, str] = field(default_factory=dict)
    versions: dict[int, str] = field(default_factory=dict)
    aliases: dict[tuple[int, str], int] = field(default_factory=dict)


def row_faults(connection: sa.Connection) -> list[str]:
    """Return a sentence for each experiment, version and alias that differs from its last event."""
    said = _said(connection)
    return [
        *_differing(connection, _EXPERIMENT, said.experiments, "experiment"),
        *_differing(connection, _VERSION, said.versions, "version with id"),
        *_moved(connection, said.aliases),
    ]


def _said(connection: sa.Connection) -> _Said:
    found = _Said()
    query = sa.select(_EVENT.subject, _EVENT.document).order_by(_EVENT.id).execution_options(yield_per=_BATCH)
    for subject, document in connection.execute(query):
        if "row" in document:
            rows = found.versions if "version" in subject else found.experiments
            rows[subject.get("version") or subject["experiment"]] = document["row"]
        elif "alias" in document and "version" in subject:
            found.aliases[(subject["model"], document["alias"])] = subject["version"]
    return found


def _differing(connection: sa.Connection, table: Any, said: dict[int, str], what: str) -> Iterator[str]:
    query = sa.select(table.__table__).order_by(table.id).execution_options(yield_per=_BATCH)
    for row in connection.execute(query).mappings():
        expected = said.pop(row["id"], None)
        if expected is None:
            yield f"{what} {row['id']} has no event: it was added without the registry"
        elif _digest(table, row) != expected:
            yield f"{what} {row['id']} was changed without the registry"
    for id in said:
        yield f"{what} {id} is missing"


def _digest(table: Any, row: sa.RowMapping) -> str:
    if table is _VERSION:
        return version_digest(Version.model_validate(row))
    return experiment_digest(Experiment.model_validate(row))


def _moved(connection: sa.Connection, said: dict[tuple[int, str], int]) -> Iterator[str]:
    for model, name, version in connection.execute(sa.select(_ALIAS.model_id, _ALIAS.name, _ALIAS.version_id)):
        expected = said.pop((model, name), None)
        if expected != version:
            yield f"the alias {name} of model {model} was moved without the registry"
    for model, name in said:
        yield f"the alias {name} of model {model} is missing"
