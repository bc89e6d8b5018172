from dataclasses import replace

import pytest

from penstock.registry.client import DatabaseClient
from penstock.registry.documents import AliasMove
from tests.registry_rows import pushed


def test_registry_that_is_opened_again_has_what_was_written(uri):
    with DatabaseClient(uri, actor="ann") as first:
        project = first.create_project("taxi", "tips of taxi rides")
    with DatabaseClient(uri, actor="bob") as second:
        assert second.project("taxi") == project == second.project(project.id)


@pytest.mark.slow
def test_alias_of_a_connection_that_the_server_ended_is_moved_after_all(postgresql):
    postgresql.execute("CREATE DATABASE ended")
    with DatabaseClient(replace(postgresql, database="ended").url, actor="ann") as registry:
        model = registry.create_model(registry.create_project("taxi").id, "tips")
        pushed(registry, model.id, 1), pushed(registry, model.id, 2)
        postgresql.cut()
        assert registry.move_alias(model.id, "default", AliasMove(version=2)).version == 2
