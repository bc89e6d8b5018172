"""Compressed files give the rows of uncompressed ones, and a corrupt file gives an error."""

import gzip
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from penstock.core.errors import DataError
from penstock.tables.files.compression import check_complete, open_decompressed
from penstock.tables.input import Input
from penstock.tables.source import open_table
from tests.penstock.tables.described import describe

PACK = {".gz": gzip.compress, ".zst": zstandard.compress}
TEXT = "n,text\n" + "".join(f'{number},"line\nbreak {number * 7919 % 997}"\n' for number in range(40_000))


def read(source, **options):
    with open_table(Input(str(source), **options)) as table:
        return [row for batch in table.batches() for row in batch.to_pylist()]


def pack(path, text, ending):
    path = path.with_name(path.name + ending)
    path.write_bytes(PACK[ending.lower()](text.encode() if isinstance(text, str) else text))
    return path


@pytest.mark.slow
@pytest.mark.parametrize("ending", [*PACK, ".GZ", ".ZST"])
def test_compressed_files_give_the_rows_of_the_plain_one(tmp_path, ending):
    (tmp_path / "plain.csv").write_text(TEXT)
    packed = pack(tmp_path / "packed.csv", TEXT, ending)
    assert read(packed) == read(tmp_path / "plain.csv")


def test_plain_and_compressed_files_are_read_together(tmp_path):
    (tmp_path / "1.tsv").write_text("a\tb\n1\tx\n")
    pack(tmp_path / "2.tsv", "a\tb\n2\ty\n", ".gz")
    pack(tmp_path / "3.tsv", "b\ta\nz\t3\n", ".zst")
    assert read(tmp_path) == [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}, {"a": 3, "b": "z"}]


@pytest.mark.parametrize("ending", PACK)
def test_a_file_that_was_packed_in_parts_is_read_completely(tmp_path, ending):
    path = tmp_path / f"rows.csv{ending}"
    path.write_bytes(PACK[ending](b"a,b\n1,2\n") + PACK[ending](b"3,4\n"))
    check_complete(path)
    with open_decompressed(path) as stream:
        assert stream.read() == b"a,b\n1,2\n3,4\n"
    assert read(path) == [{"a": 1, "b": 2}, {"a": 3, "b": 4}]


@pytest.mark.parametrize("ending", PACK)
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b\n" + '1,"x\ny"\n' * 20_000 + "1,2,3\n", ["line 40002", "2 values", "received 3: 1,2,3"]),
        (b"a,b\n1,2\n1,caf\xe9\n", ["line 3", "UTF-8", "0xe9"]),
        ('a,b\n1,"x"y\n', ["line 2", "quotes"]),
        ("1,2\n", ["line 1", "header"]),
        ("", ["line 1", "header"]),
    ],
)
def test_malformed_rows_are_refused_by_file_and_line(tmp_path, ending, text, words):
    path = pack(tmp_path / "rows.csv", text, ending)
    with pytest.raises(DataError) as caught:
        read(path)
    for word in [str(path), *words]:
        assert word in str(caught.value)


def halved(data):
    # Cut so that DuckDB alone would read some rows and be content.
    return data[: len(data) // 2]


def spoilt(data):
    middle = len(data) // 2
    return data[:middle] + bytes(255 - byte for byte in data[middle : middle + 64]) + data[middle + 64 :]


@pytest.mark.slow
@pytest.mark.parametrize("ending", PACK)
@pytest.mark.parametrize(
    ("breaking", "words"),
    [(halved, ["a truncated file"]), (spoilt, []), (lambda data: TEXT.encode(), ["after line 0"])],
    ids=["halved", "spoilt", "not packed at all"],
)
def test_broken_files_are_refused_before_a_row_is_read(tmp_path, ending, breaking, words):
    draw = random.Random(1)
    rows = "".join(f"{draw.random()}\n" for _ in range(30_000))
    path = pack(tmp_path / "rows.csv", f"n\n{rows}", ending)
    path.write_bytes(breaking(path.read_bytes()))
    with pytest.raises(DataError) as caught:
        describe(str(path))
    for word in [str(path), "after line", "a complete", "compress the file again", *words]:
        assert word in str(caught.value)


def bytes_of(path):
    with open_decompressed(path) as stream:
        return stream.read()


# A reader of zstd takes a truncated frame for the end, which `check_complete` finds.
@pytest.mark.parametrize(
    ("ending", "breaking"),
    [(".gz", halved), (".gz", spoilt), (".gz", lambda data: TEXT.encode()), (".zst", lambda data: TEXT.encode())],
    ids=["halved", "spoilt", "no gzip", "no zstd"],
)
def test_broken_file_is_refused_where_its_bytes_are_read(tmp_path, ending, breaking):
    path = pack(tmp_path / "rows.csv", random.Random(1).randbytes(100_000), ending)
    path.write_bytes(breaking(path.read_bytes()))
    with pytest.raises(DataError, match=r"rows.csv\.\w+: expected a complete \w+ file, received .*; copy or compress"):
        bytes_of(path)


@pytest.mark.parametrize("packed", [b"\0\0\0\0", b""])
def test_a_wrong_or_missing_checksum_of_gzip_is_refused(tmp_path, packed):
    path = pack(tmp_path / "rows.csv", "a\n1\n", ".gz")
    data = path.read_bytes()
    path.write_bytes(data[:-8] + packed + data[-4:])
    with pytest.raises(DataError, match="after line"):
        describe(str(path))


@pytest.mark.parametrize("ending", ["", *PACK])
@pytest.mark.parametrize("delimiter", ["^", "\x01", " ", "~", "'", "\\", "a"])
def test_any_delimiter_can_be_configured(tmp_path, ending, delimiter):
    text = f'n{delimiter}text\n1{delimiter}"x{delimiter}\ny"\n2{delimiter}z;,\n'
    path = pack(tmp_path / "rows.csv", text, ending) if ending else tmp_path / "rows.csv"
    if not ending:
        path.write_text(text)
    assert read(path, delimiter=delimiter) == [{"n": 1, "text": f"x{delimiter}\ny"}, {"n": 2, "text": "z;,"}]


def parquet(path, compression):
    pq.write_table(pa.table({"n": list(range(100)), "text": ["a", "b"] * 50}), path, compression=compression)
    return path


@pytest.mark.parametrize("compression", ["none", "snappy", "gzip", "zstd", "lz4"])
def test_parquet_of_other_compressions_than_brotli_is_read(tmp_path, compression):
    assert len(read(parquet(tmp_path / "rows.parquet", compression))) == 100


@pytest.mark.parametrize("compression", ["brotli", {"n": "zstd", "text": "brotli"}])
def test_parquet_with_brotli_is_refused_before_a_column_is_decoded(tmp_path, compression):
    path = parquet(tmp_path / "rows.parquet", compression)
    # The pages are no Brotli: who decodes one fails with another message.
    content = path.read_bytes()
    end = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    path.write_bytes(b"PAR1" + bytes(end - 4) + content[end:])
    with pytest.raises(DataError, match=r"rows\.parquet: expected a Parquet file without Brotli, .* such as zstd"):
        read(path)


@pytest.mark.parametrize("name", ["other.parquet", "other.data"])
def test_parquet_with_brotli_is_refused_in_a_query_too(tmp_path, name):
    rows, other = parquet(tmp_path / "rows.parquet", "zstd"), parquet(tmp_path / name, "brotli")
    query = f"SELECT source.n, other.text FROM source JOIN read_parquet('{other}') AS other USING (n)"
    with pytest.raises(DataError, match=rf"{name}: expected a Parquet file without Brotli"):
        read(rows, query=query)


def test_parquet_with_brotli_among_the_files_of_a_folder_is_refused(tmp_path):
    parquet(tmp_path / "1.parquet", "zstd")
    parquet(tmp_path / "2.parquet", "brotli")
    with pytest.raises(DataError, match=r"2\.parquet: expected a Parquet file without Brotli"):
        read(tmp_path)
