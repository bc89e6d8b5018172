"""The columns of a query that are computed from one row, and the SQL that computes them again."""

import duckdb
import pytest

from penstock.tables.source import open_table
from penstock.tables.values.computed import Expression, computed_columns, result_column, substituted
from penstock.tables.values.interpretation import Result

SOURCE = ("fare", "Tip", "at", "name")


def of(query):
    with duckdb.connect() as connection:
        return computed_columns(query, SOURCE, connection)


@pytest.mark.parametrize(
    ("expression", "needs"),
    [
        ("tip > 0.2 * fare", ("Tip", "fare")),
        ("source.fare + 1", ("fare",)),
        ("hour(at)", ("at",)),
        ("CASE WHEN fare > 5 THEN 'a''b' ELSE upper(name) END", ("fare", "name")),
        ("TRY_CAST(name AS BIGINT)", ("name",)),
        ("coalesce(fare, 0) BETWEEN 1 AND 2", ("fare",)),
        ("fare IN (1, 2) AND NOT (name IS NULL OR name LIKE 'a%')", ("fare", "name")),
        ("fare IS NOT NULL", ("fare",)),
        ("1 + 1", ()),
    ],
)
def test_expression_over_a_row_is_returned_with_the_columns_that_it_needs(expression, needs):
    found = of(f"SELECT *, {expression} AS x FROM source WHERE fare > 0 ORDER BY fare LIMIT 5")
    assert {name: each.needs for name, each in found.items()} == {"x": needs}
    values = {"fare": "7.5", "Tip": "2", "at": "TIMESTAMP '2021-02-05 09:15:00'", "name": "'12'"}
    row = ", ".join(f'{value} AS "{name}"' for name, value in values.items())
    expected = duckdb.sql(f"SELECT {expression} AS x FROM (SELECT {row}) AS source").fetchall()
    assert duckdb.sql(f"SELECT {substituted(found['x'], [values[name] for name in needs])}").fetchall() == expected


@pytest.mark.parametrize(
    "query",
    [
        None,
        "SELECT * FROM source",
        "SELECT fare AS price FROM source",
        "SELECT sum(fare) OVER () AS x FROM source",
        "SELECT max(fare) AS x FROM source",
        "SELECT fare + 1 AS x FROM source GROUP BY fare",
        "SELECT (SELECT max(fare) FROM source) AS x FROM source",
        "SELECT random() AS x FROM source",
        "SELECT now() AS x FROM source",
        "SELECT other + 1 AS x FROM source",
        "SELECT s.fare + 1 AS x FROM (SELECT fare + 1 AS fare FROM source) s",
        "WITH source AS (SELECT 1 AS fare) SELECT fare + 1 AS x FROM source",
        "SELECT a.fare + b.fare AS x FROM source a JOIN source b USING (name)",
        "SELECT fare + 1 AS x FROM source UNION ALL SELECT 2",
        "SELECT x + 1 AS x FROM 'other.csv'",
    ],
)
def test_an_expression_over_several_rows_is_not_returned(query):
    assert of(query) == {}


def test_column_that_is_replaced_is_computed_from_the_source(tmp_path):
    assert of("SELECT * REPLACE (fare * 2 AS fare), fare + 1 AS more FROM source") == {
        "fare": Expression("(penstock_column_0 * 2)", ("fare",)),
        "more": Expression("(penstock_column_0 + 1)", ("fare",)),
    }


def test_result_is_a_column_of_the_source_before_it_is_an_expression():
    made = {"x": Expression("1", ())}
    assert result_column("x", "BIGINT", {"x": "y"}, made) == Result("x", "BIGINT", "y")
    assert result_column("x", "BIGINT", {}, made) == Result("x", "BIGINT", None, "1", ())
    assert result_column("z", "BIGINT", {}, made) == Result("z", "BIGINT")


def test_many_columns_take_their_places():
    names = [f"c{number}" for number in range(12)]
    with duckdb.connect() as connection:
        found = computed_columns(f"SELECT {' + '.join(names)} AS x FROM source", names, connection)["x"]
    assert duckdb.sql(f"SELECT {substituted(found, [str(2**number) for number in range(12)])}").fetchall() == [
        (2**12 - 1,)
    ]


@pytest.mark.slow
def test_document_of_a_table_has_the_expressions(tmp_path):
    (tmp_path / "rows.csv").write_text("fare,tip\n10,3\n")
    query = "SELECT * EXCLUDE (tip), tip > 0.2 * fare AS big, sum(fare) OVER () AS total FROM source"
    with open_table(str(tmp_path / "rows.csv"), query) as table:
        found = {result.name: (result.source, result.needs) for result in table.document().results}
        assert table.document() == type(table.document()).from_json(table.document().to_json(), where="here")
    assert found == {"fare": ("fare", ()), "big": (None, ("tip", "fare")), "total": (None, ())}
