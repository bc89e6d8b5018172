import pytest
import sqlalchemy as sa

from penstock.registry.client import DatabaseClient
from penstock.registry.database import engine
from penstock.registry.documents import AliasMove
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
    """Times are those of the database's clock; the order of events is that of their ids. PostgreSQL's cannot be set."""
    with DatabaseClient(f"sqlite:///{tmp_path}/registry.sqlite", actor="ann") as registry:
        registry.create_project("before")
        monkeypatch.setitem(engine._NOW, "sqlite", sa.text("SELECT '2001-01-01T00:00:00.000+00:00'"))
        registry.create_project("after")
        first, second = registry.events().items
        assert (first.id, second.id) == (1, 2)
        assert second.at < first.at
        assert registry.faults() == []
