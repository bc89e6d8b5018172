"""A column of a query's result has an origin in the source only if it has its values."""

import duckdb
import pytest

from penstock.tables.values.origins import column_origins

COLUMNS = {"a": "BIGINT", "b": "VARCHAR", "C": "DATE", "s": "STRUCT(a BIGINT)"}
WHOLE = {name: name for name in COLUMNS}
QUERIES = {
    "SELECT * FROM source": WHOLE,
    "FROM source": WHOLE,
    "SELECT * FROM source WHERE a >= 0 ORDER BY a DESC LIMIT 3": WHOLE,
    "SELECT a AS x, b FROM source": {"x": "a", "b": "b"},
    "SELECT A, c FROM source": {"a": "a", "C": "C"},
    'SELECT a AS "A", b AS "B x" FROM source': {"A": "a", "B x": "b"},
    "SELECT a + 1 AS a, b FROM source": {"b": "b"},
    "SELECT a, a AS other FROM source": {"a": "a", "other": "a"},
    "SELECT a AS b, b AS a FROM source": {"b": "a", "a": "b"},
    "SELECT a + 1 AS b, b FROM source": {},
    "SELECT a + 1 AS x, b AS X FROM source": {},
    "SELECT 7 AS a, * FROM source": {"b": "b", "C": "C", "s": "s"},
    "SELECT a + 1 AS x, x AS y FROM source": {},
    "SELECT * EXCLUDE (a) FROM source": {"b": "b", "C": "C", "s": "s"},
    "SELECT * REPLACE (a + 1 AS a) FROM source": {"b": "b", "C": "C", "s": "s"},
    "SELECT * RENAME (a AS z) FROM source": {"z": "a", "b": "b", "C": "C", "s": "s"},
    "SELECT t.a, t.* EXCLUDE (a) FROM source t": WHOLE,
    "SELECT source.a FROM source": {"a": "a"},
    "SELECT s.a FROM source": {},
    "SELECT t.s.a FROM source t": {},
    "SELECT t.q, t.a FROM source AS t(q, a)": {},
    "SELECT a FROM (SELECT a, b FROM source) AS t(b, a)": {},
    "SELECT a FROM (SELECT b AS a FROM source)": {"a": "b"},
    "WITH t AS (SELECT a + 1 AS a, b FROM source) SELECT * FROM t": {"b": "b"},
    "WITH t(b, a) AS (SELECT a, b FROM source) SELECT a, b FROM t": {},
    "WITH source AS (SELECT 7 AS a) SELECT a FROM (SELECT a FROM source)": {},
    "SELECT a, count(*) AS n FROM source GROUP BY ALL": {"a": "a"},
    "SELECT x.a FROM source x JOIN source y ON x.a = y.a": {},
    "SELECT a FROM source UNION ALL SELECT a + 1 FROM source": {},
    "SELECT COLUMNS('a|b') FROM source": {},
    "SELECT a FROM (VALUES (1)) v(a)": {},
    "SELECT (SELECT 1) AS a, b FROM source": {"b": "b"},
}


@pytest.mark.parametrize("query", QUERIES)
def test_columns_of_the_source_are_found_in_a_query(query):
    connection = duckdb.connect()
    connection.execute(
        "CREATE VIEW source AS SELECT n AS a, 'x' || n AS b, DATE '2020-01-01' + n::INTEGER AS \"C\", {'a': -n} AS s "
        "FROM range(3) t(n)"
    )
    found = column_origins(query, COLUMNS, connection)
    assert found == QUERIES[query]
    connection.execute(f"CREATE TEMP VIEW result AS {query}")
    for name, origin in found.items():
        [(found,)] = connection.execute(f'SELECT list_sort(list("{name}")) FROM result').fetchall()
        [(known,)] = connection.execute(f'SELECT list_sort(list("{origin}")) FROM source').fetchall()
        assert found == known


def test_without_a_query_all_columns_are_those_of_the_source():
    assert column_origins(None, COLUMNS, duckdb.connect()) == WHOLE
