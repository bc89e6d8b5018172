"""A sample is uniform, seeded, in the order of the table, and independent of batches and threads."""

import os
import stat

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.core.errors import ConfigError, DataError
from penstock.tables.sample import check_output, sample, write_sample
from penstock.tables.source import open_table

ROWS = 30_000


@pytest.fixture(scope="module")
def numbers(tmp_path_factory):
    path = tmp_path_factory.mktemp("numbers") / "numbers.csv"
    path.write_text("n,text\n" + "".join(f"{n},t{n % 7}\n" for n in range(ROWS)))
    return str(path)


def drawn(source, size, seed=20, query=None):
    with open_table(source, query) as table:
        return sample(table, size, seed).data.column("n").to_pylist()


def test_the_same_seed_gives_the_same_rows_in_the_order_of_the_table(numbers):
    first = drawn(numbers, 500)
    assert first == drawn(numbers, 500)
    assert first == sorted(set(first))
    assert len(first) == 500
    assert first != drawn(numbers, 500, seed=21)


def test_rows_do_not_depend_on_threads_or_on_the_size_of_batches(numbers):
    with open_table(numbers) as table:
        table._connection.execute("SET threads = 1")
        assert sample(table, 500).data.column("n").to_pylist() == drawn(numbers, 500)
    with open_table(numbers) as table:
        whole = table.batches
        table.batches = lambda: whole(size=700)
        assert sample(table, 500).data.column("n").to_pylist() == drawn(numbers, 500)


@pytest.mark.slow
def test_each_part_of_the_table_has_its_share_of_the_rows(numbers):
    parts = [0] * 10
    for seed in range(5):
        for n in drawn(numbers, 2000, seed):
            parts[n * 10 // ROWS] += 1
    # A thousand rows are to be expected in each part, give or take thirty.
    assert all(880 < part < 1120 for part in parts), parts


def test_a_larger_sample_than_the_table_is_the_whole_table(numbers):
    with open_table(numbers, "SELECT * FROM source LIMIT 10") as table:
        found = sample(table, 11)
    assert (found.total, found.is_complete, found.data.num_rows) == (10, True, 10)


def test_each_batch_is_passed_to_the_callback(numbers):
    seen = []
    with open_table(numbers) as table:
        sample(table, 3, on_batch=lambda batch: seen.append(batch.num_rows))
    assert sum(seen) == ROWS


@pytest.mark.parametrize("name", ["rows.csv", "rows.parquet"])
def test_every_type_can_be_read_again(tmp_path, name):
    source = (
        "SELECT 1 AS i, 0.5 AS r, true AS b, 'a,\"b\"' AS t, DATE '2020-01-02' AS d, NULL::INT AS none, "
        "TIMESTAMP '2020-01-02 03:04:05' AS m, 12.50::DECIMAL(8, 2) AS c FROM range(3)"
    )
    duckdb.sql(f"COPY ({source}) TO '{tmp_path}/source.parquet'")
    with open_table(str(tmp_path / "source.parquet")) as table:
        write_sample(sample(table, 3).data, tmp_path / name)
        before = table.select("*")
    with open_table(str(tmp_path / name)) as table:
        found = table.select("*")
    assert [[str(value) for value in row[:4]] for row in found] == [[str(value) for value in row[:4]] for row in before]
    assert [row[4] for row in found] == [row[4] for row in before]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted({name, "source.parquet"})


def test_lists_come_out_as_lists(tmp_path):
    pq.write_table(pa.table({"n": [1, 2], "v": [[0.5, 1.0], None]}), tmp_path / "source.parquet")
    with open_table(str(tmp_path / "source.parquet")) as table:
        write_sample(sample(table, 9).data, tmp_path / "rows.parquet")
    assert pq.read_table(tmp_path / "rows.parquet").column("v").to_pylist() == [[0.5, 1.0], None]


@pytest.mark.parametrize("name", ["rows.txt", "rows", "none/rows.csv", "folder.csv"])
def test_an_output_that_cannot_be_is_refused_before_anything_is_read(tmp_path, name):
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(ConfigError, match="--output"):
        check_output(tmp_path / name)


def test_a_failed_write_leaves_nothing(tmp_path):
    with pytest.raises(DataError, match="written"):
        write_sample(pa.table({"n": [1]}), tmp_path / "gone" / "rows.csv")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_sample_has_the_rights_of_the_umask_or_those_of_the_file_before(tmp_path, ending):
    output, before = tmp_path / f"sample.{ending}", os.umask(0o027)
    try:
        write_sample(pa.table({"a": [1]}), output)
        assert stat.S_IMODE(output.stat().st_mode) == 0o640
        output.chmod(0o600)
        write_sample(pa.table({"a": [1]}), output)
    finally:
        os.umask(before)
    assert stat.S_IMODE(output.stat().st_mode) == 0o600
