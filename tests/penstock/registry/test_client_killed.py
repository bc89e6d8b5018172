"""A writer is killed after each statement of each kind of write: the write is there wholly or not at all.

What only reads changes nothing: a writer that is killed after it leaves what one leaves that is killed before it.
"""

import os
import signal
import traceback

import pytest
from sqlalchemy import event

from penstock.registry.acceptance import AcceptedChange, SchemaAcceptance
from penstock.registry.client import DatabaseClient
from penstock.registry.documents import AliasMove, TokenBody, VersionBody, VersionChange
from penstock.registry.lists import Slice
from tests.registry_rows import body, digest

pytestmark = pytest.mark.slow


def ids(client):
    """Return the ids of the model and the experiment: PostgreSQL leaves out those that were undone."""
    return client.models().items[0].id, client.experiments().items[0].id


def record_version(client, number):
    model, experiment = ids(client)
    client.record_version(
        VersionBody(model_id=model, number=number, folder="m", digest=digest(number), experiment_id=experiment)
    )


ACCEPTED = SchemaAcceptance(file="s", digest="0" * 64, changes=(AcceptedChange(column="paid", change="any"),))
# In this order each finds what it needs.
WRITES = {
    "create_project": lambda client: client.create_project("taxi"),
    "create_model": lambda client: client.create_model(client.project("taxi").id, "tips"),
    "record_experiment": lambda client: client.record_experiment(body(client.models().items[0].id)),
    "merge_evaluations": lambda client: client.merge_evaluations(ids(client)[1], {"overall": {"auc": 0.5}}),
    "merge_artifacts": lambda client: client.merge_artifacts(ids(client)[1], {"report": "report.html"}),
    "record_version": lambda client: record_version(client, 1),
    "record_version again": lambda client: record_version(client, 2),
    "change_version": lambda client: client.change_version(
        client.versions(ids(client)[0]).items[1].id, VersionChange(tags={"a": "b"})
    ),
    "move_alias": lambda client: client.move_alias(ids(client)[0], "default", AliasMove(version=2)),
    "rollback": lambda client: client.rollback(ids(client)[0], "default"),
    "accept_schema": lambda client: client.accept_schema(ids(client)[0], ACCEPTED),
    "create_token": lambda client: client.create_token(TokenBody(name="node", scopes=("read",))),
    "revoke_token": lambda client: client.revoke_token("node"),
    "archive_experiment": lambda client: client.archive_experiment(ids(client)[1]),
    "archive_model": lambda client: client.archive_model(client.models().items[0].id),
    "archive_project": lambda client: client.archive_project(client.project("taxi").id),
}


def test_writer_that_is_killed_after_any_statement_leaves_all_of_its_write_or_nothing(uri):
    with DatabaseClient(uri, actor="ann") as registry:
        for name, write in WRITES.items():
            before, statements = everything(registry), 0
            while killed(uri, write, statements + 1):
                assert (everything(registry), registry.faults()) == (before, []), f"{name}, statement {statements}"
                statements += 1
            assert statements >= 2, name
            assert everything(registry) != before, name
            assert registry.faults() == [], name


def everything(registry):
    """Return all rows that the API shows."""
    part = Slice(limit=1000, archived=True)
    models = registry.models(part).items
    lists = (registry.projects, registry.experiments, registry.events, registry.tokens)
    of_models = [(registry.versions(each.id, part), registry.aliases(each.id)) for each in models]
    return models, [each(part).items for each in lists], of_models


def killed(uri, write, after):
    """Write in a process that kills itself after so many statements; return whether it came to that."""
    process = os.fork()
    if process == 0:
        try:
            with DatabaseClient(uri, actor="bob") as client:
                count = 0

                @event.listens_for(client.database.engine, "after_cursor_execute")
                def _executed(_connection, _cursor, statement, *_):
                    nonlocal count
                    count += not statement.lstrip().upper().startswith("SELECT")
                    if count == after:
                        os.kill(os.getpid(), signal.SIGKILL)

                write(client)
            os._exit(0)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(1)
    _, status = os.waitpid(process, 0)
    assert status in (0, signal.SIGKILL)
    return status == signal.SIGKILL
