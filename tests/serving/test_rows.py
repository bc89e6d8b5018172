"""The rows to score: the same from every format, typed and as written, and a sentence for what cannot be read."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import DataError
from serving.rows import open_rows, sized

ROWS = [{"n": number, "text": f"t{number}"} for number in range(50)]


def write(folder, name, held=ROWS):
    path = folder / name
    delimiter = {".csv": ",", ".tsv": "\t"}.get(path.suffix)
    if delimiter:
        lines = [delimiter.join(("n", "text")), *(f"{row['n']}{delimiter}{row['text']}" for row in held)]
        path.write_text("\n".join([*lines, ""]))
    elif path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(held), path)
    else:
        path.write_text("\n".join(json.dumps(row) for row in held))
    return path


@pytest.mark.parametrize("name", ["rows.csv", "rows.tsv", "rows.parquet", "rows.jsonl", "rows.ndjson", "rows.json"])
def test_every_format_gives_the_same_rows_in_batches_of_bounded_size(tmp_path, name):
    with open_rows(write(tmp_path, name)) as rows:
        batches = list(rows.batches(20))
        assert (rows.names, rows.count) == (("n", "text"), 50)
    assert [row for batch in batches for row in batch.typed.to_pylist()] == ROWS
    assert max(batch.typed.num_rows for batch in batches) <= 20


@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl"])
def test_a_file_whose_name_is_a_glob_is_read_and_no_other(tmp_path, ending):
    write(tmp_path, f"rows1.{ending}", ROWS[:3])
    with open_rows(write(tmp_path, f"rows[1].{ending}")) as rows:
        (batch,) = rows.batches(100)
    assert batch.typed.to_pylist() == ROWS
    assert batch.written is None or batch.written.num_rows == len(ROWS)


def test_delimited_values_are_also_given_as_they_are_written(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("id,price,when,paid\n007,1.50,05/13/2014 12:00:00 PM,true\n008,,,false\n")
    with open_rows(path) as rows:
        (batch,) = rows.batches(100)
    assert batch.written.to_pylist() == [
        {"id": "007", "price": "1.50", "when": "05/13/2014 12:00:00 PM", "paid": "true"},
        {"id": "008", "price": None, "when": None, "paid": "false"},
    ]
    assert [str(kind) for kind in batch.typed.schema.types] == ["string", "double", "timestamp[us]", "bool"]


def test_both_readings_of_a_long_delimited_file_stay_row_by_row_together(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("n,text\n" + "".join(f'{number},"line\n{number}"\n' for number in range(10_000)))
    with open_rows(path) as rows:
        batches = list(rows.batches(3000))
    assert [batch.typed.num_rows for batch in batches] == [3000, 3000, 3000, 1000]
    for batch in batches:
        assert batch.written.column(0).cast(pa.int64()) == batch.typed.column(0)


def test_value_in_a_delimited_file_is_placed_by_its_line_and_elsewhere_by_its_row(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text('n,text\n"1","a\nb"\nx,c\n')
    with open_rows(path) as rows:
        assert rows.where(2, "n", "x") == f"{path}, line 4"
    for name in ("rows.parquet", "rows.jsonl"):
        with open_rows(write(tmp_path, name)) as rows:
            assert rows.where(2, "n", "x") == f"{tmp_path / name}, row 2"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("rows.csv", None, "received no such file"),
        ("rows.csv", b"", r"an empty file \(0 bytes\)"),
        ("rows.csv", b"a,b\n", "received a header only"),
        ("rows.csv", b"a,b\n1,2\n3\n", "line 3: expected 2 values"),
        ("rows.csv", b"a,b\n1,\xff\n", "line 2: expected UTF-8 text"),
        ("rows.parquet", b"not parquet at all", "expected a Parquet file"),
        ("rows.json", b"[]", "expected JSON objects"),
        ("rows.txt", b"a\n1\n", r"expected one of \.csv, .*received '\.txt'"),
        ("rows", b"a\n1\n", "received none; convert or rename the file"),
    ],
)
def test_file_that_gives_no_rows_is_told_in_one_sentence(tmp_path, name, content, said):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=said) as caught, open_rows(tmp_path / name):
        pass
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_parquet_without_rows_is_refused(tmp_path):
    pq.write_table(pa.table({"n": pa.array([], pa.int64())}), tmp_path / "rows.parquet")
    with (
        pytest.raises(DataError, match="at least one row to score, received none"),
        open_rows(tmp_path / "rows.parquet"),
    ):
        pass


def test_folder_is_no_file_to_score(tmp_path):
    with pytest.raises(DataError, match="received a folder"), open_rows(tmp_path):
        pass


@pytest.mark.parametrize("lengths", [[], [1], [5], [3, 3, 3], [1, 11, 0, 2], [5, 5], [12]])
def test_batches_are_cut_and_joined_to_one_size(lengths):
    whole = pa.RecordBatch.from_pydict({"n": list(range(sum(lengths)))})
    starts = [sum(lengths[:index]) for index in range(len(lengths))]
    batches = list(sized((whole.slice(start, length) for start, length in zip(starts, lengths, strict=True)), 5))
    assert [batch.num_rows for batch in batches[:-1]] == [5] * (len(batches) - 1)
    assert [row for batch in batches for row in batch.column(0).to_pylist()] == list(range(sum(lengths)))
