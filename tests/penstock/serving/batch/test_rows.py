"""The rows to score: the same from every format, in batches, and an error for files that cannot be read."""

import codecs
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.core.errors import DataError
from penstock.serving.batch.rows import open_rows, rebatch
from tests.penstock.serving.documents import document, wanted

ROWS = [{"n": number, "text": f"t{number}"} for number in range(50)]
COLUMNS = document(wanted("n", "integer", "numeric"), wanted("text", "text", "categorical"))


def opened(path, columns=COLUMNS, **options):
    return open_rows(path, columns, reader="version 3", **options)


def write(folder, name, rows=ROWS):
    path = folder / name
    delimiter = {".csv": ",", ".tsv": "\t"}.get(path.suffix)
    if delimiter:
        lines = [delimiter.join(("n", "text")), *(f"{row['n']}{delimiter}{row['text']}" for row in rows)]
        path.write_text("\n".join([*lines, ""]))
    elif path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    else:
        path.write_text("\n".join(json.dumps(row) for row in rows))
    return path


@pytest.mark.parametrize("name", ["rows.csv", "rows.tsv", "rows.parquet", "rows.jsonl", "rows.ndjson", "rows.json"])
def test_every_format_gives_the_same_rows_in_batches_of_bounded_size(tmp_path, name):
    with opened(write(tmp_path, name), as_written=False) as rows:
        batches = list(rows.batches(20))
        assert (rows.names, rows.count) == (("n", "text"), 50)
    assert [row for batch in batches for row in batch.rows.to_pylist()] == ROWS
    assert [value for batch in batches for value in batch.values["n"].to_pylist()] == list(range(50))
    assert [batch.rows.num_rows for batch in batches] == [20, 20, 10]
    assert not any(value for batch in batches for value in batch.invalid["n"]["n"].to_pylist())


@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl"])
def test_a_file_whose_name_is_a_glob_is_read_and_no_other(tmp_path, ending):
    write(tmp_path, f"rows1.{ending}", ROWS[:3])
    with opened(write(tmp_path, f"rows[1].{ending}"), as_written=False) as rows:
        (batch,) = rows.batches(100)
    assert batch.rows.to_pylist() == ROWS


def test_delimited_values_are_written_out_as_they_are_or_with_the_types_that_give_them_back(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("n,id,text,when,paid\n7,007,1.50,2014-05-13,true\n,008,,,false\n")
    with opened(path) as rows:
        (batch,) = rows.batches(100)
    assert batch.rows.to_pylist() == [
        {"n": "7", "id": "007", "text": "1.50", "when": "2014-05-13", "paid": "true"},
        {"n": None, "id": "008", "text": None, "when": None, "paid": "false"},
    ]
    with opened(path, as_written=False) as rows:
        (batch,) = rows.batches(100)
    assert [str(kind) for kind in batch.rows.schema.types] == ["int64", "string", "double", "date32[day]", "bool"]
    # The model reads the unchanged text; the output may have types.
    assert batch.values["text"].to_pylist() == ["1.50", None]


def test_both_readings_of_a_long_delimited_file_stay_row_by_row_together(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("n,text\n" + "".join(f'{number},"line\n{number}"\n' for number in range(10_000)))
    with opened(path, as_written=False) as rows:
        batches = list(rows.batches(3000))
    assert [batch.rows.num_rows for batch in batches] == [3000, 3000, 3000, 1000]
    for batch in batches:
        assert batch.rows.column(0) == batch.values["n"]


def test_value_in_a_delimited_file_is_placed_by_its_line_and_elsewhere_by_its_row(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text('n,text\n"1","a\nb"\nx,c\n')
    with opened(path) as rows:
        assert rows.where(2, "n") == (f"{path}, line 4", "x")
    for name in ("rows.parquet", "rows.jsonl"):
        with opened(write(tmp_path, name)) as rows:
            assert rows.where(2, "text") == (f"{tmp_path / name}, row 2", "t1")


@pytest.mark.parametrize("delimiter", [":", "^", ";", "|"])
def test_file_of_the_delimiter_of_the_training_is_read_though_its_header_does_not_show_it(tmp_path, delimiter):
    path = tmp_path / "rows.csv"
    path.write_text(delimiter.join(("n", "text")) + "\n" + delimiter.join(("1", "a,b")) + "\n")
    with opened(path, document(*COLUMNS.inputs, delimiter=delimiter)) as rows:
        (batch,) = rows.batches(10)
    assert (batch.values["n"].to_pylist(), batch.values["text"].to_pylist()) == ([1], ["a,b"])


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_file_of_another_delimiter_than_that_of_the_training_is_read_by_its_header(tmp_path, delimiter):
    path = tmp_path / "rows.csv"
    path.write_text(delimiter.join(("n", "text")) + "\n" + delimiter.join(("1", "a")) + "\n")
    with opened(path, document(*COLUMNS.inputs, delimiter="^")) as rows:
        (batch,) = rows.batches(10)
    assert batch.values["text"].to_pylist() == ["a"]


@pytest.mark.parametrize("name", ["rows.csv", "rows.tsv", "rows.jsonl", "rows.json"])
def test_byte_order_mark_and_line_ends_of_windows_change_nothing(tmp_path, name):
    path = write(tmp_path, name, ROWS[:2])
    path.write_bytes(codecs.BOM_UTF8 + path.read_bytes().replace(b"\n", b"\r\n"))
    with opened(path) as rows:
        (batch,) = rows.batches(10)
        assert rows.names == ("n", "text")
    assert (batch.values["n"].to_pylist(), batch.values["text"].to_pylist()) == ([0, 1], ["t0", "t1"])


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("rows.csv", "n,text,n\n1,a,2\n", "received 'n' and 'n'; rename one"),
        ("rows.csv", "n,text,N\n1,a,2\n", "received 'n' and 'N'; rename one"),
        ("rows.jsonl", '{"n": 1, "text": "a", "N": 2}\n', "received 'N' and 'n'; rename one"),
        ("rows.jsonl", '{"n": 1, "text": "a"}\n{"N": 2}\n', "received 'N' and 'n'; rename one"),
        ("rows.json", '[{"n": 1, "text": "a", "N": 2}]', "received 'N' and 'n'; rename one"),
        ("rows.jsonl", '{"n": 1, "text": "a", "n": 2}\n', 'line 1: expected each key once, received "n" twice'),
    ],
)
def test_column_that_is_there_twice_is_refused(tmp_path, name, content, message):
    (tmp_path / name).write_text(content)
    with pytest.raises(DataError, match=message), opened(tmp_path / name) as rows:
        list(rows.batches(10))


def test_column_that_is_there_twice_in_parquet_is_refused(tmp_path):
    for names in (["n", "text", "N"], ["n", "text", "n"]):
        pq.write_table(
            pa.Table.from_arrays([pa.array([1]), pa.array(["a"]), pa.array([2])], names), tmp_path / "p.parquet"
        )
        with (
            pytest.raises(DataError, match=f"received 'n' and {names[2]!r}; rename one"),
            opened(tmp_path / "p.parquet"),
        ):
            pass


def test_column_that_is_there_twice_and_that_nobody_reads_is_no_matter(tmp_path):
    (tmp_path / "rows.csv").write_text("n,text,a,A\n1,a,2,3\n")
    with opened(tmp_path / "rows.csv") as rows:
        assert rows.count == 1
    (tmp_path / "rows.jsonl").write_text('{"n": 1, "text": "a", "n_1": 2}\n')
    with opened(tmp_path / "rows.jsonl") as rows:
        assert rows.names == ("n", "text", "n_1")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("rows.csv", None, "received no such file"),
        ("rows.csv", b"", r"an empty file \(0 bytes\)"),
        ("rows.csv", b"n,text\n", "received a header only"),
        ("rows.csv", b"n,text\n1,2\n3\n", "line 3: expected 2 values"),
        ("rows.csv", b"n,text\n1,\xff\n", "line 2: expected UTF-8 text"),
        ("rows.csv.gz", b"n,text\n1,a\n", "expected a complete gzip file, received Not a gzipped file"),
        ("rows.csv.gz", b"\x1f\x8b\x08\x00", "expected a complete gzip file, received a truncated file"),
        ("rows.csv.zst", b"n,text\n1,a\n", "expected a complete zstd file, received .*; copy or compress the file"),
        ("rows.parquet", b"not parquet at all", "expected a Parquet file"),
        ("rows.json", b"[]", "expected JSON objects"),
        ("rows.txt", b"a\n1\n", r"expected one of \.csv, .*received '\.txt'"),
        ("rows", b"a\n1\n", "received none; convert or rename the file"),
        ("rows.csv", b"n,txt\n1,a\n", r"no 'text' \(did you mean 'txt'\?\)"),
    ],
)
def test_file_without_usable_rows_is_reported_in_one_sentence(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=message) as caught, opened(tmp_path / name):
        pass
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_parquet_without_rows_is_refused(tmp_path):
    table = pa.table({"n": pa.array([], pa.int64()), "text": pa.array([], pa.string())})
    pq.write_table(table, tmp_path / "rows.parquet")
    with pytest.raises(DataError, match="at least one row to score, received none"), opened(tmp_path / "rows.parquet"):
        pass


def test_folder_is_no_file_to_score(tmp_path):
    with pytest.raises(DataError, match="received a folder"), opened(tmp_path):
        pass


@pytest.mark.parametrize("lengths", [[], [1], [5], [3, 3, 3], [1, 11, 0, 2], [5, 5], [12]])
def test_batches_are_cut_and_joined_to_one_size(lengths):
    whole = pa.RecordBatch.from_pydict({"n": list(range(sum(lengths)))})
    starts = [sum(lengths[:index]) for index in range(len(lengths))]
    batches = list(rebatch((whole.slice(start, length) for start, length in zip(starts, lengths, strict=True)), 5))
    assert [batch.num_rows for batch in batches[:-1]] == [5] * (len(batches) - 1)
    assert [row for batch in batches for row in batch.column(0).to_pylist()] == list(range(sum(lengths)))
