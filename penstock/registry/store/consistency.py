"""Compares experiments, versions and aliases with what the events say of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from penstock.registry.database import chain
from penstock.registry.database.statements import Statement
from penstock.registry.database.transaction import Transaction
from penstock.registry.documents import Experiment, Version
from penstock.registry.store.digests import experiment_digest, version_digest

_SAID = Statement("SELECT subject, document FROM events ORDER BY id")
_EXPERIMENTS = Statement("SELECT * FROM experiments ORDER BY id")
_VERSIONS = Statement("SELECT * FROM versions ORDER BY id")
_ALIASES = Statement("SELECT model_id, name, version_id FROM aliases")


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


def faults(connection: Transaction) -> list[str]:
    """Return what is wrong with the chain of events, and with the rows that they describe, one sentence each."""
    return [*chain.faults(connection), *row_faults(connection)]


def row_faults(connection: Transaction) -> list[str]:
    """Return a sentence for each experiment, version and alias that differs from its last event."""
    said = _said(connection)
    return [
        *_differing(map(_experiment, connection.each(_EXPERIMENTS)), said.experiments, "experiment"),
        *_differing(map(_version, connection.each(_VERSIONS)), said.versions, "version with id"),
        *_moved(connection, said.aliases),
    ]


def _said(connection: Transaction) -> _Said:
    found = _Said()
    for event in connection.each(_SAID):
        subject, document = event["subject"], event["document"]
        if "row" in document:
            rows = found.versions if "version" in subject else found.experiments
            rows[subject.get("version") or subject["experiment"]] = document["row"]
        elif "alias" in document and "version" in subject:
            found.aliases[(subject["model"], document["alias"])] = subject["version"]
    return found


def _differing(stored: Iterable[tuple[int, str]], said: dict[int, str], what: str) -> Iterator[str]:
    """Yield what differs between the rows, as ids and digests, and the digests in the events."""
    for id, digest in stored:
        expected = said.pop(id, None)
        if expected is None:
            yield f"{what} {id} has no event: it was added without the registry"
        elif digest != expected:
            yield f"{what} {id} was changed without the registry"
    for id in said:
        yield f"{what} {id} is missing"


def _experiment(row: dict[str, Any]) -> tuple[int, str]:
    return row["id"], experiment_digest(Experiment.model_validate(row))


def _version(row: dict[str, Any]) -> tuple[int, str]:
    return row["id"], version_digest(Version.model_validate(row))


def _moved(connection: Transaction, said: dict[tuple[int, str], int]) -> Iterator[str]:
    for row in connection.each(_ALIASES):
        model, name = row["model_id"], row["name"]
        if said.pop((model, name), None) != row["version_id"]:
            yield f"the alias {name} of model {model} was moved without the registry"
    for model, name in said:
        yield f"the alias {name} of model {model} is missing"
