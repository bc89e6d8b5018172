"""The client with SQLAlchemy and the one without it write the same rows and the same events into a file."""

import re
import sqlite3
from contextlib import closing

from penstock.registry.client import DatabaseClient
from penstock.registry.documents import AliasMove, TokenBody, VersionChange
from tests.penstock.registry.store.conftest import light
from tests.registry_rows import pushed

# What differs from one registry to another: times, and the hashes of tokens and of events.
_OWN = re.compile(r"'(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}|[0-9a-f]{64})'")


def change(client):
    client.move_alias(1, "default", AliasMove(version=2, why='better: "ä" \n \u2028', expect=1))
    client.move_alias(1, "canary", AliasMove(version=1, expect=0))
    client.rollback(1, "default", "worse")
    client.change_version(2, VersionChange(tags={"old": None, "team": "ä"}, description="'x'; --", why="none"))
    client.change_version(2, VersionChange(stage="archived"))
    client.archive_experiment(2, "old")
    client.archive_experiment(2, undo=True)
    client.create_token(TokenBody(name="node", scopes=("write", "read"), days=0.5, description="é"))
    client.create_token(TokenBody(name="bot", scopes=("admin",)))
    client.revoke_token("bot")


def written(folder, *, without_sqlalchemy):
    """Return the rows of a registry that one of the two clients has changed, as statements, and its faults."""
    with DatabaseClient(f"sqlite:///{folder}/registry.sqlite", actor="ann") as database:
        model = database.create_model(database.create_project("taxi").id, "tips")
        pushed(database, model.id, 1), pushed(database, model.id, 2, tags={"old": "1"})
        if without_sqlalchemy:
            with light(database, "ann") as client:
                change(client)
                faults = client.faults()
        else:
            change(database)
            faults = database.faults()
        assert faults == database.faults()
    with closing(sqlite3.connect(folder / "registry.sqlite")) as connection:
        return [_OWN.sub("OWN", line) for line in connection.iterdump()], faults


def test_both_clients_write_the_same_rows_and_events(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    rows, faults = written(tmp_path / "one", without_sqlalchemy=True)
    assert faults == []
    assert (rows, faults) == written(tmp_path / "two", without_sqlalchemy=False)
    assert sum(row.startswith('INSERT INTO "events"') for row in rows) == 17
