"""The examples of a table by a Beam pipeline over its shards are those that are written without Beam."""

import struct
import sys
from collections import Counter
from gzip import decompress
from pathlib import Path

import duckdb
import pytest

from components.in_memory_runner import IN_MEMORY_RUNNER
from penstock.core.errors import DataError
from penstock.tables.examples.write import write
from penstock.tables.input import Input
from penstock.tables.source import open_table
from penstock.tables.splits import by_hash, by_time

pytestmark = pytest.mark.slow

HASH = by_hash({"train": 0.6, "eval": 0.3, "test": 0.1})
IN_PROCESS = [f"--runner={IN_MEMORY_RUNNER}", "--direct_running_mode=in_memory"]
ROWS = (
    "SELECT n, n / 8 AS x, 't ' || n % 9 AS t, CASE WHEN n % 5 > 0 THEN n % 2 = 0 END AS b, "
    "TIMESTAMP '2020-01-01' + INTERVAL (n) MINUTE AS m FROM range(4000) r(n)"
)
FILES = {
    "csv": {"rows.csv": (f"SELECT * EXCLUDE (m) FROM ({ROWS})", "HEADER")},
    "tsv": {"rows.tsv": (f"SELECT * EXCLUDE (m) FROM ({ROWS})", "HEADER, DELIMITER '\t'")},
    "gz": {"rows.csv.gz": (ROWS, "HEADER, COMPRESSION gzip")},
    "parquet": {"rows.parquet": (ROWS, "FORMAT parquet, ROW_GROUP_SIZE 2048")},
    "folder": {
        f"{part}.csv": (f"SELECT * EXCLUDE (m) FROM ({ROWS}) WHERE n % 3 = {part}", "HEADER") for part in range(3)
    },
}


@pytest.fixture(autouse=True)
def clean_argv(monkeypatch):
    # Beam reads the command line, which here is pytest's.
    monkeypatch.setattr(sys, "argv", ["test"])


def source(folder, kind):
    folder.mkdir()
    for name, (query, options) in FILES[kind].items():
        duckdb.sql(f"COPY ({query}) TO '{folder / name}' ({options})")
    return str(folder)


def examples_of(folder):
    """Return the examples of each split, and how often each is there; the order of an example's columns is ours."""
    found = {}
    for split in sorted(Path(folder).glob("Split-*")):
        counter = found.setdefault(split.name, Counter())
        for file in split.iterdir():
            content, position = decompress(file.read_bytes()), 0
            while position < len(content):
                (length,) = struct.unpack_from("<Q", content, position)
                counter[content[position + 12 : position + 12 + length]] += 1
                position += 16 + length
    return found


def write_both(tmp_path, given, splits, arguments):
    """Write the table without Beam and by shards; return both multisets, both counts and the number of files."""
    import apache_beam as beam

    from components.example_gen.shards import write_by_shards

    with open_table(given) as table:
        counts = write(table, splits, tmp_path / "here")
        by_shards = write_by_shards(
            table, splits, tmp_path / "shards", lambda: beam.Pipeline(argv=arguments), size=20_000
        )
    assert sorted(path.name for path in (tmp_path / "shards").iterdir()) == sorted(f"Split-{name}" for name in counts)
    files = len(list((tmp_path / "shards" / "Split-train").iterdir()))
    return (examples_of(tmp_path / "here"), counts), (examples_of(tmp_path / "shards"), by_shards), files


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("splits", [HASH, by_time({"train": 0.7, "eval": 0.3}, "n")])
def test_both_ways_give_the_same_examples_in_each_split(tmp_path, kind, splits):
    here, shards, files = write_both(tmp_path, Input(source(tmp_path / "rows", kind)), splits, IN_PROCESS)
    assert shards == here
    assert sum(here[1].values()) == 4000
    assert (files > 1) == (kind != "gz")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * EXCLUDE (x), x > 2 AS y FROM source WHERE n % 3 > 0",
        "SELECT t, b, count(*) AS c, sum(n) AS s FROM source GROUP BY ALL",
        "SELECT *, row_number() OVER (ORDER BY t, n) AS r FROM source ORDER BY r LIMIT 1000",
    ],
)
def test_both_ways_answer_a_query_alike(tmp_path, query):
    given = Input(source(tmp_path / "rows", "folder"), query)
    here, shards, _ = write_both(tmp_path, given, by_hash({"train": 0.5, "eval": 0.5}), IN_PROCESS)
    assert shards == here


def test_workers_in_processes_of_their_own_give_the_same_examples(tmp_path):
    arguments = [f"--runner={IN_MEMORY_RUNNER}", "--direct_running_mode=multi_processing", "--direct_num_workers=2"]
    here, shards, files = write_both(tmp_path, Input(source(tmp_path / "rows", "csv")), HASH, arguments)
    assert shards == here
    assert files > 1


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("SELECT n, {'a': n} AS x FROM source", ["'x'", "struct"]),
        ("SELECT 1 AS x FROM source", ["rows for every split", "none of 4000"]),
    ],
)
def test_an_error_in_a_shard_is_the_same_sentence_and_leaves_nothing(tmp_path, query, words):
    given, sentences = Input(source(tmp_path / "rows", "csv"), query), []
    with pytest.raises(DataError) as caught:
        write_both(tmp_path, given, HASH, IN_PROCESS)
    sentences.append(str(caught.value))
    import apache_beam as beam

    from components.example_gen.shards import write_by_shards

    with open_table(given) as table, pytest.raises(DataError) as caught:
        write_by_shards(table, HASH, tmp_path / "shards", lambda: beam.Pipeline(argv=IN_PROCESS), size=20_000)
    sentences.append(str(caught.value))
    assert sentences[0] == sentences[1]
    assert [word for word in words if word not in sentences[1]] == []
    assert list((tmp_path / "shards").iterdir()) == []


def test_a_shard_that_a_runner_loses_is_an_error(tmp_path):
    from components.example_gen.shards import Outcome, _counts

    whole = [Outcome(0, {"train": 1, "eval": 2}), Outcome(1, {"train": 3, "eval": 4})]
    assert _counts(whole, 2, ("train", "eval"), "rows") == {"train": 4, "eval": 6}
    for outcomes in (whole[:1], [whole[0], whole[0]]):
        with pytest.raises(DataError, match="each shard once"):
            _counts(outcomes, 2, ("train", "eval"), "rows")
