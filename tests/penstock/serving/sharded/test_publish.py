"""Shards joined into one file, or an error and the file of before."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.core.errors import ConfigError, DataError
from penstock.serving.batch.formats import ArrowWriter
from penstock.serving.sharded.publish import to_file
from penstock.serving.sharded.work import open_work


@pytest.fixture
def work(tmp_path):
    with open_work(tmp_path / "work") as opened:
        yield opened


def arrow(work, number, values):
    with work.file(number).open("wb") as stream:
        writer = ArrowWriter(stream)
        writer.write(pa.record_batch([pa.array(values, pa.int64())], ["n"]))
        writer.close()
    return work.finish(number, len(values), {})


def test_text_has_one_header_also_with_quotes_and_line_ends_in_it(work, tmp_path):
    for number, text in enumerate(("1,2\n", "", "3,4\n")):
        work.file(number).write_text(text)
    outcomes = [work.finish(number, rows, {}) for number, rows in enumerate((1, 0, 1))]
    to_file(work, outcomes, tmp_path / "rows.csv", ['a"\n', "b"])
    assert (tmp_path / "rows.csv").read_text() == '"a""\n",b\n1,2\n3,4\n'
    to_file(work, outcomes, tmp_path / "rows.jsonl", ["a", "b"])
    assert (tmp_path / "rows.jsonl").read_text() == "1,2\n3,4\n"


def test_parquet_has_a_row_group_for_each_shard_with_rows(work, tmp_path):
    outcomes = [arrow(work, 0, [1, 2]), arrow(work, 1, []), arrow(work, 2, [3])]
    to_file(work, outcomes, tmp_path / "rows.parquet", ["n"])
    assert pq.read_table(tmp_path / "rows.parquet").to_pydict() == {"n": [1, 2, 3]}
    assert pq.ParquetFile(tmp_path / "rows.parquet").num_row_groups == 2


def test_shard_with_other_rows_keeps_the_file_of_before(work, tmp_path):
    target = tmp_path / "rows.parquet"
    target.write_text("before")
    arrow(work, 0, [1, 2])
    with pytest.raises(DataError, match="expected 3 rows, received 2; score all rows again with --restart"):
        to_file(work, [work.finish(0, 3, {})], target, ["n"])
    assert target.read_text() == "before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rows.parquet", "work"]


def test_folder_that_does_not_exist_is_one_sentence(work, tmp_path):
    outcome = arrow(work, 0, [1])
    with pytest.raises(
        ConfigError, match=r"--to .*none/rows.parquet: expected a file that can be written, received No"
    ):
        to_file(work, [outcome], tmp_path / "none" / "rows.parquet", ["n"])
