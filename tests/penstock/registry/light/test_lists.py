"""The statements read indexes; what they find is compared with SQLAlchemy by the tests of the store."""

import pytest

from benchmarks.registry_rows import fill
from penstock.registry.client import DatabaseClient
from penstock.registry.database.statements import Statement
from penstock.registry.light import lists
from penstock.registry.light.rows import open_rows
from penstock.registry.lists import Condition, Order, Slice
from penstock.registry.store import lookups


@pytest.fixture
def filled(tmp_path):
    with DatabaseClient(f"sqlite:///{tmp_path}/registry.sqlite", actor="ann") as registry:
        model = fill(registry, 1_000)
    rows = open_rows(tmp_path / "registry.sqlite")
    yield rows, model
    rows.close()


@pytest.mark.parametrize(
    "condition",
    [
        Condition("metric", "auc", ">=", "0.999"),
        Condition("setting", "model.rounds", "=", "42"),
        Condition("setting", "model.rounds", "!=", "42"),
        Condition("setting", "model.family", "=", "trees"),
    ],
)
@pytest.mark.parametrize("order", [None, Order("metric", "auc", descending=True), Order("setting", "model.rounds")])
def test_lists_of_experiments_read_no_table_without_its_index(filled, condition, order):
    rows, model = filled
    part = Slice(20, newest=order is None)
    if order is None:
        query = Statement(lookups.EXPERIMENTS).equal(experiments__model_id=model).active("experiments", part)
        query = lists.fulfilling(query, "experiments.id", model, [condition]).part("experiments", part)
    else:
        query = lists.fulfilling(lists.ranked(model, order), "v.experiment_id", model, [condition])
        query = lists.sorted_by_value(query, order, part)
    plan = [row["detail"] for row in rows.all(Statement(f"EXPLAIN QUERY PLAN {query.text}", query.parameters))]
    assert plan
    assert [line for line in plan if line.startswith("SCAN") and "INDEX" not in line] == []


def test_newest_versions_and_events_of_a_kind_are_read_in_the_order_of_an_index(filled):
    rows, model = filled
    part = Slice(20, newest=True)
    for table, text, given in (
        ("versions", lookups.VERSIONS, {"model_id": model}),
        ("events", lists.EVENTS, {"model_id": model, "kind": "alias moved"}),
    ):
        query = Statement(text).equal(**given).part(table, part)
        plan = [row["detail"] for row in rows.all(Statement(f"EXPLAIN QUERY PLAN {query.text}", query.parameters))]
        assert len(plan) == 1, plan
        assert f"SEARCH {table} USING INDEX ix_{table}_" in plan[0]
