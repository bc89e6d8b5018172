"""A query is proposed only if one is needed, in the SQL dialect of the source."""

import sqlite3
from contextlib import closing

import duckdb
import pytest

from penstock.proposal.query import QueryChanges, query_for
from penstock.tables.input import Input
from tests.penstock.proposal.proposals import label

FILE = Input("rows.csv")
COLUMNS = ["x", "label", "old"]


def test_nothing_to_do_keeps_what_was_given():
    assert query_for(QueryChanges(label()), FILE, COLUMNS) is None
    assert query_for(QueryChanges(label()), Input("rows.csv", "SELECT 1"), COLUMNS) == "SELECT 1"


@pytest.mark.parametrize("query", [None, "SELECT * FROM source WHERE x >= '0' -- all\n; "])
def test_a_query_over_files_does_all_that_is_wanted(query):
    wanted = QueryChanges(label(missing=1), positive="it's", dropped=["old"])
    text = query_for(wanted, Input("rows.csv", query), COLUMNS)
    rows = "('1', 'it''s', 0), ('2', 'b', 0), ('3', '', 0), ('4', NULL, 0)"
    with duckdb.connect() as connection:
        connection.execute(f"CREATE VIEW source AS SELECT * FROM (VALUES {rows}) AS t(x, label, old)")
        assert connection.execute(text).fetchall() == [("1", True), ("2", False)]


@pytest.mark.parametrize("source", [FILE, Input("sqlite:///rows.db", table="t")])
def test_a_class_that_is_written_in_several_ways_is_compared_with_all_of_them(source):
    text = query_for(QueryChanges(label(), positive=("it's", "IT'S ")), source, COLUMNS)
    assert "\"label\" IN ('it''s', 'IT''S ') AS \"label\"" in text


@pytest.mark.parametrize(
    ("known", "condition"),
    [
        (label("number", "DOUBLE", ((1.5, 3),), missing=1), '"label" IS NOT NULL AND NOT isnan("label")'),
        (label("number", "DECIMAL(8,2)", ((1.5, 3),), missing=1), '"label" IS NOT NULL'),
        (label("number", "DOUBLE", ((1.5, 3),), infinite=1), 'abs("label") < 3.4e38'),
        (label("integer", "BIGINT", ((1, 3),), missing=1), '"label" IS NOT NULL'),
        (label(missing=1), "\"label\" <> ''"),
    ],
)
def test_rows_without_a_label_are_left_out(known, condition):
    assert query_for(QueryChanges(known), FILE, COLUMNS) == f"SELECT *\nFROM source\nWHERE {condition}"


def test_rows_of_a_mark_are_left_out_before_the_label_is_converted():
    known = label(counts=(("1.5", 2),), marks=("NA",), missing=2)
    text = query_for(QueryChanges(known, cast="DOUBLE"), FILE, COLUMNS)
    with duckdb.connect() as connection:
        marked = "CASE WHEN i % 7 = 0 THEN 'NA' ELSE CAST(i AS VARCHAR) END AS label"
        connection.execute(f"CREATE TABLE source AS SELECT {marked} FROM range(50000) AS t(i)")
        assert connection.execute(f"SELECT count(*), min(label) FROM ({text})").fetchall() == [(42857, 1.0)]
        assert connection.execute(f"SELECT * FROM ({text}) WHERE label IS NULL").fetchall() == []


@pytest.mark.parametrize(
    ("known", "rows", "kept"),
    [
        (label("number", "DOUBLE", ((1.5, 3),), infinite=2), "(1.5), (9e999), (-9e999), (NULL)", 1),
        (label(marks=("?",), missing=3), "('a'), ('?'), (''), (NULL), ('b')", 2),
        (label("integer", "BIGINT", ((1, 3),), missing=1), "(1), (NULL)", 1),
    ],
)
def test_a_database_leaves_out_what_no_label_can_be(known, rows, kept):
    text = query_for(QueryChanges(known), Input("sqlite:///f", table="rides"), ["label"])
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f"CREATE TABLE rides AS SELECT column1 AS label FROM (VALUES {rows})")
        assert len(connection.execute(text).fetchall()) == kept


@pytest.mark.parametrize(
    ("source", "table", "words"),
    [
        ("sqlite:///f", "rides", ['"x"', '"label" = \'b\' AS "label"', 'FROM "rides"']),
        ("postgresql://db/city", "city.rides", ['"x"', 'FROM "city"."rides"', '"label" IS NOT NULL']),
        ("mysql://db/city", "rides", ["`x`", "`label` = 'b' AS `label`", "FROM `rides`"]),
        ("bigquery://project/city", "rides", ["`x`", "FROM `rides`"]),
    ],
)
def test_a_query_of_a_database_names_its_columns(source, table, words):
    wanted = QueryChanges(label(missing=1), positive="b", dropped=["old"])
    text = query_for(wanted, Input(source, table=table), COLUMNS)
    assert [word for word in words if word not in text] == []
    assert "old" not in text


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("sqlite:///f", "BIGINT"),
        ("postgresql://db/c", "BIGINT"),
        ("mysql://db/c", "SIGNED"),
        ("bigquery://p/d", "INT64"),
    ],
)
def test_a_label_is_converted_as_the_database_does_it(source, kind):
    text = query_for(QueryChanges(label("number", "DOUBLE"), cast="BIGINT"), Input(source, "SELECT 1"), COLUMNS)
    assert f" AS {kind}) AS" in text
    assert text.endswith("FROM (\nSELECT 1\n) AS penstock_rows")
