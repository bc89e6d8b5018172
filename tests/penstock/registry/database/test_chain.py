import pytest
import sqlalchemy as sa

from penstock.registry.client import DatabaseClient
from penstock.registry.database import engine
from penstock.registry.documents import AliasMove
from penstock.registry.lists import Slice
from tests.registry_rows import pushed


@pytest.fixture
def written(registry, model):
    for number in (1, 2):
        pushed(registry, model.id, number)
    registry.move_alias(model.id, "default", AliasMove(version=2, why="better"))
    assert registry.faults() == []
    return registry


def _damage(registry, statement):
    with registry.database.writing() as connection:
        assert connection.execute(sa.text(statement)).rowcount == 1


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE events SET actor = 'eve' WHERE id = 3", ["event 3 was changed after it was written"]),
        ("DELETE FROM events WHERE id = 3", ["event 3 is missing"]),
        ("DELETE FROM events WHERE id = 8", ["the last 1 events are missing, after event 7"]),
        ("UPDATE head SET events = 7", ["event 8 is not the last event that the registry wrote"]),
        (
            'UPDATE events SET document = \'{"why": "worse"}\' WHERE id = 8',
            ["event 8 was changed after it was written"],
        ),
        (
            "UPDATE events SET hash = '0' WHERE id = 4",
            [
                "event 4 was changed after it was written",
                "event 5 does not follow event 4: one of the two was replaced",
            ],
        ),
    ],
)
def test_changed_chain_is_found(written, statement, found):
    _damage(written, statement)
    # What else a missing event leaves, such as a row without one, is tested in `store/test_consistency.py`.
    faults = [fault for fault in written.faults() if not fault.endswith("without the registry")]
    assert faults == found


def test_event_that_was_changed_with_its_hash_is_found_by_the_next(written):
    from penstock.registry.database import chain, tables

    with written.database.writing() as connection:
        row = dict(connection.execute(sa.select(tables.Event.__table__).where(tables.Event.id == 3)).mappings().one())
        row["actor"] = "eve"
        connection.execute(
            sa.update(tables.Event).where(tables.Event.id == 3).values(actor="eve", hash=chain.event_hash(row))
        )
    assert written.faults() == ["event 4 does not follow event 3: one of the two was replaced"]


def test_clock_that_goes_back_changes_neither_the_order_nor_the_chain(tmp_path, monkeypatch):
    """Times are those of the database's clock; the order of events is that of their ids."""
    with DatabaseClient(f"sqlite:///{tmp_path}/registry.sqlite", actor="ann") as registry:
        registry.create_project("before")
        monkeypatch.setitem(engine._NOW, "sqlite", sa.text("SELECT '2001-01-01T00:00:00.000+00:00'"))
        registry.create_project("after")
        first, second = registry.events().items
        assert (first.id, second.id) == (1, 2)
        assert second.at < first.at
        assert registry.faults() == []


def test_order_of_events_versions_and_experiments_is_that_of_their_ids_whatever_the_time(registry, model, monkeypatch):
    """The clock of PostgreSQL cannot be set for a test: its statement is replaced by one with a later time."""
    name = registry.database.engine.dialect.name
    kind = "timestamptz" if name == "postgresql" else "text"
    with monkeypatch.context() as later:
        later.setitem(engine._NOW, name, sa.text(f"SELECT CAST('2999-01-01T00:00:00+00:00' AS {kind})"))
        pushed(registry, model.id, 1)
    pushed(registry, model.id, 2), pushed(registry, model.id, 3)
    first, *_, last = registry.versions(model.id).items
    assert (first.number, first.created.year, last.number, last.created < first.created) == (1, 2999, 3, True)
    assert [each.run for each in registry.experiments(model_id=model.id).items] == ["run-1", "run-2", "run-3"]
    assert registry.versions(model.id, Slice(1, newest=True)).items[0].number == 3
    for number in (2, 3):
        registry.move_alias(model.id, "default", AliasMove(version=number))
    assert [registry.rollback(model.id, "default").version for _ in range(2)] == [2, 1]
    ids = [event.id for event in registry.events().items]
    assert ids == list(range(1, len(ids) + 1))
    assert registry.faults() == []
