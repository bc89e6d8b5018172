"""Types of new columns, and values as the driver of each database takes them."""

import datetime
import math

import pyarrow as pa
import pytest
from sqlalchemy.dialects import mysql, postgresql, sqlite

from penstock.tables.databases.statements import column_type, rows_of

DIALECTS = {"mysql": mysql.dialect(), "postgresql": postgresql.dialect(), "sqlite": sqlite.dialect()}


@pytest.mark.parametrize(
    ("kind", "types"),
    [
        (pa.bool_(), ("BOOL", "BOOLEAN", "BOOLEAN")),
        (pa.int8(), ("BIGINT", "BIGINT", "BIGINT")),
        (pa.uint64(), ("NUMERIC(20, 0)", "NUMERIC(20, 0)", "TEXT")),
        (pa.float32(), ("DOUBLE", "REAL", "DOUBLE")),
        (pa.float64(), ("DOUBLE", "DOUBLE PRECISION", "DOUBLE")),
        (pa.decimal128(8, 2), ("NUMERIC(8, 2)", "NUMERIC(8, 2)", "NUMERIC(8, 2)")),
        (pa.date32(), ("DATE", "DATE", "DATE")),
        (pa.timestamp("us"), ("DATETIME(6)", "TIMESTAMP WITHOUT TIME ZONE", "DATETIME")),
        (pa.timestamp("us", "UTC"), ("DATETIME(6)", "TIMESTAMP WITH TIME ZONE", "DATETIME")),
        (pa.time64("us"), ("TIME(6)", "TIME WITHOUT TIME ZONE", "TIME")),
        (pa.binary(), ("BLOB(16777216)", "BYTEA", "BLOB")),
        (pa.string(), ("LONGTEXT", "TEXT", "TEXT")),
        (pa.list_(pa.float32()), ("LONGTEXT", "TEXT", "TEXT")),
        (pa.dictionary(pa.int8(), pa.string()), ("LONGTEXT", "TEXT", "TEXT")),
    ],
)
def test_type_of_a_new_column(kind, types):
    found = tuple(column_type(kind, name).compile(dialect) for name, dialect in DIALECTS.items())
    assert found == types


def test_text_in_a_key_of_mysql_has_a_length():
    assert column_type(pa.string(), "mysql", is_key=True).compile(DIALECTS["mysql"]) == "VARCHAR(255)"


def test_values_are_those_of_the_driver():
    moment = datetime.datetime(2026, 1, 2, 3, 4, tzinfo=datetime.UTC)
    batch = pa.record_batch(
        [pa.array([math.nan, 1.5]), pa.array([[1, None], None]), pa.array([moment, None], pa.timestamp("us", "UTC"))],
        ["a", "b", "c"],
    )
    assert list(rows_of(batch, "mysql")) == [(None, "[1, null]", moment), (1.5, None, None)]
    assert list(rows_of(batch, "sqlite"))[0][2] == "2026-01-02 03:04:00.000000"
    assert math.isnan(next(rows_of(batch, "postgresql"))[0])
