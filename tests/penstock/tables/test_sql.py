"""Quoted identifiers, strings and files: DuckDB reads the original names."""

import duckdb
import pytest

from penstock.tables.sql import literal, path_literal, paths_literal, quoted, unused_prefix


@pytest.mark.parametrize("text", ["plain", "it's", 'a "b"', "größe", "select", "", "a\nb", "%", "{0}"])
def test_texts_and_names_come_back_as_they_were(text):
    assert duckdb.sql(f"SELECT {literal(text)}").fetchall() == [(text,)]
    if text:
        assert duckdb.sql(f"SELECT 1 AS {quoted(text)}").columns == [text]


@pytest.mark.parametrize("name", ["rows[1].csv", "ro*s.csv", "row?.csv", "it's.csv"])
def test_path_names_one_file_alone(tmp_path, name):
    for other in ("rows1.csv", "roooos.csv", "rows.csv", name):
        (tmp_path / other).write_text(f"n\n{other}\n")
    for place in (path_literal(tmp_path / name), paths_literal([tmp_path / name])):
        assert duckdb.sql(f"SELECT n FROM read_csv({place}, header = true)").fetchall() == [(name,)]


@pytest.mark.parametrize("names", [[], ["a", "penstock"], ["PENSTOCK_0_0", "penstock__x"]])
def test_an_unused_prefix_begins_no_name(names):
    assert not any(name.lower().startswith(unused_prefix(names)) for name in names)
    assert duckdb.sql(f"SELECT 1 AS {unused_prefix(names)}").fetchall() == [(1,)]
