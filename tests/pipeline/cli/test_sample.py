"""`penstock sample` as a shell calls it."""

import json

import pyarrow.parquet as pq
import pytest

from tests.pipeline.cli.command import penstock


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "rows.csv").write_text("n,t\n" + "".join(f"{n},t{n % 5}\n" for n in range(2000)))
    return tmp_path


@pytest.mark.slow
def test_sample_writes_the_rows_and_prints_both_counts(folder):
    done = penstock(folder, "sample", "rows.csv", "100")
    assert (done.returncode, done.stdout) == (0, "Wrote 100 of 2,000 rows to sample.csv (seed 20)\n")
    assert len((folder / "sample.csv").read_text().splitlines()) == 101


@pytest.mark.slow
def test_sample_of_more_rows_than_the_table_has_is_the_table_and_says_so(folder):
    done = penstock(folder, "sample", "rows.csv", "5000", "--output", "all.csv")
    assert done.stdout == "Wrote all 2,000 rows to all.csv: the table has fewer than 5,000\n"
    assert (folder / "all.csv").read_text() == (folder / "rows.csv").read_text()


@pytest.mark.slow
def test_sample_with_json_prints_one_object(folder):
    query = "SELECT n FROM source WHERE n < 50"
    arguments = ("sample", "rows.csv", "9", "--query", query, "--output", "some.parquet", "--seed", "3", "--json")
    output = json.loads(penstock(folder, *arguments).stdout)
    assert output == {"rows": 9, "total": 50, "seed": 3, "output": "some.parquet"}
    assert max(pq.read_table(folder / "some.parquet").column("n").to_pylist()) < 50


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["rows.csv", "0"], ["ROWS", "1 or more", "received 0"]),
        (["row.csv", "5"], ["row.csv", "no such file"]),
        (["rows.csv", "5", "--output", "rows.txt"], ["--output rows.txt", "ends in .csv or .parquet", "'.txt'"]),
        (["rows.csv", "5", "--output", "rows.csv"], ["--output rows.csv", "a new file", "--force"]),
        (["rows.csv", "5", "--output", "none/rows.csv"], ["no folder none"]),
        (["rows.csv", "5", "--query", "SELECT * FROM sauce"], ["data.query", "sauce"]),
        (["oracle://x", "5"], ["SOURCE", "oracle://"]),
        (["sqlite:///none.sqlite", "5", "--table", "t"], ["none.sqlite", "no such file"]),
    ],
)
def test_invalid_sample_is_one_sentence_and_writes_no_file(folder, arguments, words):
    before = sorted(path.name for path in folder.iterdir())
    done = penstock(folder, "sample", *arguments)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    assert [word for word in words if word not in done.stderr] == [], done.stderr
    assert sorted(path.name for path in folder.iterdir()) == before
