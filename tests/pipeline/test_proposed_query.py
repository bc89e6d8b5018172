"""A query only where one is needed, in the words of whoever runs it."""

import duckdb
import pytest

from pipeline.proposed_query import Wanted, query_for
from tables.input import Input
from tests.pipeline.proposals import label

FILE = Input("rows.csv")
COLUMNS = ["x", "label", "old"]


def test_nothing_to_do_keeps_what_was_given():
    assert query_for(Wanted(label()), FILE, COLUMNS) is None
    assert query_for(Wanted(label()), Input("rows.csv", "SELECT 1"), COLUMNS) == "SELECT 1"


@pytest.mark.parametrize("query", [None, "SELECT * FROM source WHERE x >= '0' -- all\n; "])
def test_a_query_over_files_does_all_that_is_wanted(query):
    wanted = Wanted(label(missing=1), positive="it's", casts={"x": 'TRY_CAST("x" AS DOUBLE)'}, dropped=["old"])
    text = query_for(wanted, Input("rows.csv", query), COLUMNS)
    rows = "('1', 'it''s', 0), ('2', 'b', 0), ('3', '', 0), ('4', NULL, 0)"
    with duckdb.connect() as connection:
        connection.execute(f"CREATE VIEW source AS SELECT * FROM (VALUES {rows}) AS t(x, label, old)")
        assert connection.execute(text).fetchall() == [(1.0, True), (2.0, False)]


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
    assert query_for(Wanted(known), FILE, COLUMNS) == f"SELECT *\nFROM source\nWHERE {condition}"


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
    wanted = Wanted(label(missing=1), positive="b", dropped=["old"])
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
    text = query_for(Wanted(label("number", "DOUBLE"), cast="BIGINT"), Input(source, "SELECT 1"), COLUMNS)
    assert f" AS {kind}) AS" in text
    assert text.endswith("FROM (\nSELECT 1\n) AS penstock_rows")
