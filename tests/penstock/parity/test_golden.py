"""The document of golden rows."""

import gzip
import json

import pytest

from penstock.core.errors import PenstockError
from penstock.parity.golden import GoldenRows
from tests.penstock.parity.tiny_server import ROWS, golden


def test_file_has_the_same_rows_and_equal_rows_have_equal_bytes(tmp_path):
    rows = golden()
    (tmp_path / GoldenRows.FILE).write_bytes(rows.content())
    read = GoldenRows.read(tmp_path)
    assert read == rows
    assert (read.content(), read.digest) == (rows.content(), rows.digest)
    assert len(read) == 3
    assert json.loads(read.serialized()[1]) == ROWS[1]


def test_digest_depends_on_each_value():
    rows = golden()
    other = rows.model_copy(update={"expected": {**rows.expected, "probability": (8.5, 6.25, 100000.1)}})
    assert other.digest != rows.digest


def test_row_and_part_have_the_values_of_their_rows():
    rows = golden()
    assert rows.row(0) == {"the fare": 1.5, "kind": "Cash", "pair": [1.0, 2.0]}
    part = rows.part(1, 3)
    assert (len(part), part.row(0), part.expected["label"]) == (2, rows.row(1), ("Card", "none"))


def damaged(**changes):
    values = json.loads(gzip.decompress(golden().content()))
    return gzip.compress(json.dumps({**values, **changes}).encode(), mtime=0)


@pytest.mark.parametrize(
    ("content", "received"),
    [
        (b"", "received"),
        (b"no gzip", "Not a gzipped file"),
        (golden().content()[:-9], "ended before"),
        (gzip.compress(b"[1", mtime=0), "delimiter"),
        (gzip.compress(b"[]", mtime=0), "valid dictionary"),
        (gzip.compress(b'{"version": 2}', mtime=0), "version 2"),
        (damaged(expected={}), "with expected values"),
        (damaged(examples=["e30="]), "different numbers of rows"),
        (damaged(types={}), "different numbers of rows"),
        (damaged(more=1), "more"),
    ],
)
def test_damaged_file_is_refused_in_one_sentence(content, received):
    with pytest.raises(PenstockError, match="golden rows") as error:
        GoldenRows.parse(content, "golden_rows.json.gz")
    assert received in str(error.value)
