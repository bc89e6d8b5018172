"""The rows of the registry that the search compares."""

from types import SimpleNamespace

import pytest

from penstock.dashboard import found
from penstock.dashboard.found import Found
from penstock.registry.documents import page_of


@pytest.fixture
def table():
    """Rows whose list is read in parts, and what was read."""
    rows, parts = {}, []

    def page(part):
        assert part.newest
        assert part.archived
        ids = [id for id in sorted(rows, reverse=True) if part.after is None or id < int(part.after)]
        parts.append(part.limit)
        return page_of([SimpleNamespace(id=id, name=rows[id]) for id in ids[: part.limit + 1]], part.limit)

    return SimpleNamespace(rows=rows, parts=parts, page=page)


def asked(names, table):
    source = SimpleNamespace(key="taxi", config=SimpleNamespace(registry_uri="sqlite:///x"))
    return names.of(source, SimpleNamespace(id=1), table.page)


def test_only_new_rows_are_read_again(table):
    names = Found(lambda row: row.name)
    assert asked(names, table) == []
    table.rows |= {id: f"e{id}" for id in range(1, 101)}
    assert asked(names, table) == [f"e{id}" for id in range(100, 0, -1)]
    table.parts.clear()
    assert asked(names, table)[0] == "e100"
    table.rows |= {101: "e101", 102: "e102"}
    assert asked(names, table)[:3] == ["e102", "e101", "e100"]
    assert table.parts == [found._FIRST] * 2


def test_registry_that_was_replaced_is_read_again(table):
    names = Found(lambda row: row.name)
    table.rows |= {1: "one", 2: "two"}
    assert asked(names, table) == ["two", "one"]
    table.rows.clear()
    table.rows[1] = "other"
    assert asked(names, table) == ["other"]


def test_at_most_a_thousand_rows_are_kept(table, monkeypatch):
    monkeypatch.setattr(found, "MOST", 30)
    names = Found(lambda row: row.name)
    table.rows |= {id: str(id) for id in range(1, 101)}
    assert asked(names, table) == [str(id) for id in range(100, 70, -1)]
