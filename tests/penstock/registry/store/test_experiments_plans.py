"""Lists and filters of experiments read indexes, shown by the plan of each statement."""

import pytest
import sqlalchemy as sa

from benchmarks.registry import queries
from benchmarks.registry_rows import fill
from penstock.registry.client import DatabaseClient

LARGE = ("experiments", "experiment_values", "events")


@pytest.fixture
def place():
    return "sqlite"


def test_no_list_of_sqlite_reads_a_table_without_its_index_or_sorts_many_rows(uri):
    with DatabaseClient(uri, actor="ann") as registry:
        model = fill(registry, 3_000)
        plans, name = {}, "the fixture"

        def explain(connection, cursor, statement, parameters, *_):
            if statement.startswith("SELECT") and any(table in statement for table in LARGE):
                found = connection.connection.dbapi_connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
                plans.setdefault(name, []).extend(row[3] for row in found)

        sa.event.listen(registry.database.engine, "before_cursor_execute", explain)
        asked = queries(registry, model)
        plans.clear()
        for name, ask in asked.items():  # noqa: B007  `explain` reads the name
            ask()
    assert len(plans) == 25
    for name, lines in plans.items():
        # All experiments or events in the order of their ids: the table itself is in that order, and a limit ends it.
        allowed = ("SCAN experiments", "SCAN events") if name.startswith(("all", "events")) else ("nothing",)
        scanned = [line for line in lines if line.startswith("SCAN") and "INDEX" not in line]
        assert [line for line in scanned if not line.startswith(allowed)] == [], (name, lines)
