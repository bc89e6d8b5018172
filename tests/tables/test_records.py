"""TFRecord files: readable by others, equal for equal rows, and never half."""

import pytest

from tables.records import RecordFile


@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.e2e
def test_what_is_written_is_read_by_tensorflow(tmp_path, compress):
    import tensorflow as tf

    records = [b"", b"a", b"b" * 300, "größe".encode()] * 5
    with RecordFile(tmp_path / "deep" / "rows", compress=compress) as file:
        file.write(records[:7])
        file.write([])
        file.write(records[7:])
    read = tf.data.TFRecordDataset(str(file.path), compression_type="GZIP" if compress else "")
    assert [record.numpy() for record in read] == records
    assert file.count == len(records)


def test_equal_records_give_equal_files(tmp_path):
    for name in ("one.gz", "two.gz"):
        with RecordFile(tmp_path / name) as file:
            file.write([b"a", b"b"])
    assert (tmp_path / "one.gz").read_bytes() == (tmp_path / "two.gz").read_bytes()


def write_half(path, compress):
    with RecordFile(path, compress=compress) as file:
        file.write([b"a"])
        assert not path.exists()
        raise ZeroDivisionError


@pytest.mark.parametrize("compress", [True, False])
def test_an_error_leaves_no_file(tmp_path, compress):
    with pytest.raises(ZeroDivisionError):
        write_half(tmp_path / "rows", compress)
    assert list(tmp_path.iterdir()) == []
