"""The files that a query reads in addition to its source: found wherever they are named, and part of the digest."""

import os
import subprocess
import sys

import pytest

from penstock.core.errors import DataError
from penstock.core.fingerprint import PROJECT
from penstock.tables.files.query_files import query_files
from penstock.tables.input import Input
from penstock.tables.rows import digest_of
from penstock.tables.source import open_table

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(PROJECT)}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    for name in ("zips.csv", "it's.csv", "rates.csv", "rates[1].csv", "notes.txt"):
        (tmp_path / name).write_text("n,z\n1,2\n")
    (tmp_path / "source.csv").write_text("n,x\n1,5\n2,6\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("SELECT * FROM source", []),
        ("SELECT s.*, 'zips.csv' AS f FROM source s", []),
        ("SELECT * FROM SOURCE JOIN 'zips.csv' USING (n)", ["zips.csv"]),
        ('SELECT * FROM source JOIN "zips.csv" USING (n)', ["zips.csv"]),
        ("SELECT * FROM source JOIN zips.csv USING (n)", ["zips.csv"]),
        ("SELECT * FROM source JOIN zips . csv USING (n)", ["zips.csv"]),
        ('SELECT * FROM source JOIN "zips"."csv" USING (n)', ["zips.csv"]),
        ("SELECT * FROM source JOIN 'it''s.csv' USING (n)", ["it's.csv"]),
        ("SELECT * FROM source JOIN /* it's */ 'zips.csv' USING (n)", ["zips.csv"]),
        ("SELECT * FROM source JOIN read_csv($$zips.csv$$) USING (n)", ["zips.csv"]),
        ("SELECT * FROM source JOIN read_csv('zips.csv', delim = ',') USING (n), range(3)", ["zips.csv"]),
        ("SELECT * FROM source, read_csv(['zips.csv', 'rates.csv'])", ["rates.csv", "zips.csv"]),
        ("SELECT * FROM source, 'r*.csv', read_csv('rates[[]1].csv')", ["rates.csv", "rates[1].csv"]),
        ("WITH z AS (FROM 'zips.csv') SELECT * FROM source, z WHERE x > (SELECT max(n) FROM z)", ["zips.csv"]),
        ("SELECT * FROM source WHERE x IN (SELECT size FROM READ_TEXT('notes.txt'))", ["notes.txt"]),
        ("(FROM source) UNION ALL (FROM 'zips.csv')", ["zips.csv"]),
        ("SELECT * FROM 'none.csv'", []),
        ("SELEC", []),
    ],
)
def test_files_are_found_wherever_a_query_names_them(query, names):
    assert [path.name for path in query_files(query)] == names


@pytest.mark.parametrize(
    ("query", "function"),
    [
        ("SELECT * FROM source, read_csv('zips' || '.csv')", "read_csv"),
        ("SELECT * FROM source, read_csv(['zips' || '.csv', 'rates.csv'])", "read_csv"),
        ("SELECT * FROM source, glob('*')", "glob"),
    ],
)
def test_what_cannot_be_named_is_refused(query, function):
    with pytest.raises(DataError) as caught:
        query_files(query)
    assert str(caught.value) == (
        "data.query: expected the table `source`, and files whose names are strings in the query, "
        f"received the function {function}; name files by strings, as read_csv('FILE')."
    )


def test_a_change_of_any_file_that_is_read_changes_the_digest(folder):
    alone = Input("source.csv", "SELECT * FROM source")
    joined = Input("source.csv", "SELECT * FROM source JOIN 'zips.csv' USING (n)")
    before = digest_of(alone), digest_of(joined)
    with open_table(joined) as table:
        rows = table.select("*")
    (folder / "zips.csv").write_text("n,z\n1,3\n")
    with open_table(joined) as table:
        assert table.select("*") != rows
    assert digest_of(alone) == before[0]
    assert digest_of(joined) != before[1]


def test_a_query_over_the_source_alone_is_recognized_without_the_engine():
    names = "from penstock.tables.files.query_files import query_files; found = query_files(sys.argv[1])"
    program = f"import sys; {names}; print(found, 'duckdb' in sys.modules)"
    query = "SELECT * EXCLUDE (tips), s.\"a b\" = 'yes' AS label, tips > 0.2 * fare AS big FROM source s WHERE x <> ''"
    command = [sys.executable, "-c", program, query]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=ENVIRONMENT)
    assert done.stdout == "() False\n"
