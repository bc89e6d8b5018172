"""Lists and filters of experiments read indexes, shown by the plan of each statement."""

import pytest
import sqlalchemy as sa

from benchmarks.registry import queries
from benchmarks.registry_rows import fill
from penstock.registry.client import DatabaseClient

LARGE = ("experiments", "experiment_values", "events", "versions")
EXPLAIN = {"sqlite": "EXPLAIN QUERY PLAN", "postgresql": "EXPLAIN"}


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def place(request):
    return request.param


@pytest.fixture
def plans(place, uri):
    """The lines of the plans of each list and filter, by its name."""
    found, name = {}, "the fixture"

    def explain(connection, cursor, statement, parameters, *_):
        if statement.startswith(("SELECT", "WITH")) and any(table in statement for table in LARGE):
            driver = connection.connection.dbapi_connection
            rows = driver.execute(f"{EXPLAIN[place]} {statement}", parameters).fetchall()
            found.setdefault(name, []).extend(row[-1] for row in rows)

    with DatabaseClient(uri, actor="ann") as registry:
        model = fill(registry, 3_000)
        if place == "postgresql":
            # So few rows are read faster without an index; where there is one, this makes the planner take it.
            sa.event.listen(
                registry.database.engine,
                "begin",
                lambda connection: connection.exec_driver_sql("SET enable_seqscan = off"),
            )
        sa.event.listen(registry.database.engine, "before_cursor_execute", explain)
        asked = queries(registry, model)
        found.clear()
        for name, ask in asked.items():  # noqa: B007  `explain` reads the name
            ask()
    assert len(found) == 34
    return found


def test_no_list_reads_a_table_without_its_index(plans, place):
    for name, lines in plans.items():
        if place == "postgresql":
            assert [line for line in lines if "Seq Scan on" in line and any(table in line for table in LARGE)] == [], (
                name
            )
            continue
        # All experiments or events in the order of their ids: the table itself is in that order, and a limit ends it.
        allowed = (
            ("SCAN experiments", "SCAN events")
            if name.startswith(("all", "events", "newest of all"))
            else ("SCAN fulfilling",)
        )
        scanned = [line for line in lines if line.startswith("SCAN") and "INDEX" not in line]
        assert [line for line in scanned if not line.startswith((*allowed, "SCAN fulfilling"))] == [], (name, lines)


def test_conditions_and_orders_read_the_index_of_their_values(plans):
    for name, lines in plans.items():
        indexes = {"ix_experiment_values_number"} if "metric" in name or "by a setting" in name else set()
        indexes |= {"ix_experiment_values_text"} if "with a setting" in name or "both" in name else set()
        assert {index for index in indexes if not any(index in line for line in lines)} == set(), (name, lines)
