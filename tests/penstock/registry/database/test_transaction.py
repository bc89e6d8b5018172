"""Values are stored as SQLAlchemy's types store them, and read as the documents take them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from penstock.registry.database.tables import Moment
from penstock.registry.database.transaction import decoded, encoded, time_text

TIMES = [
    datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC),
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(2026, 7, 1, 0, 30, 0, 1000, tzinfo=timezone(timedelta(hours=2))),
]


@pytest.mark.parametrize("time", TIMES)
def test_time_is_stored_as_sqlalchemy_stores_it(time):
    stored = time_text(time)
    assert stored == Moment().dialect_impl(sqlite.dialect()).bind_processor(sqlite.dialect())(time)
    assert decoded({"at": stored, "archived": None}) == {"at": time, "archived": None}
    assert decoded({"at": stored})["at"].utcoffset() == timedelta(0)


@pytest.mark.parametrize("value", [{}, [], {"b": [1, 2.5, None, True], "a": "ä\u2028\"'"}, ["write", "read"]])
def test_json_is_stored_as_sqlalchemy_stores_it(value):
    assert encoded(value) == sa.JSON().dialect_impl(sqlite.dialect()).bind_processor(sqlite.dialect())(value)
    assert decoded({"tags": encoded(value)}) == {"tags": value}


def test_other_values_are_unchanged():
    row = {"name": "tags", "number": 1, "description": "{}", "hash": None}
    assert decoded(row) == row
    assert [time_text(encoded(value)) for value in row.values()] == list(row.values())


def test_what_the_driver_of_postgresql_has_read_already_is_unchanged():
    time = datetime(2026, 7, 1, 2, 30, tzinfo=timezone(timedelta(hours=2)))
    assert decoded({"tags": {"a": "1"}, "at": time}) == {"tags": {"a": "1"}, "at": time}
    assert decoded({"at": time})["at"].utcoffset() == timedelta(0)
