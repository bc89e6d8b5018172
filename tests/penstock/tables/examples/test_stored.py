"""Records of TFRecord files, read without TensorFlow; a damaged file is refused."""

import gzip

import pytest

from penstock.core.errors import DataError
from penstock.tables.examples.stored import stored_records
from tests.penstock.comparison.folders import write_examples


@pytest.mark.parametrize("compress", [True, False])
def test_records_are_read_as_they_were_written(tmp_path, compress):
    records = [b"", b"a", bytes(range(256)) * 300]
    folder = write_examples(tmp_path, {"train": [records]}, compress=compress)
    [file] = folder.rglob("data*")
    assert list(stored_records(file)) == records


def damaged(content, kind):
    if kind == "shorter":
        return content[:-3]
    if kind == "a longer record":
        return (1 << 40).to_bytes(8, "little") + content[8:]
    return content[:14] + b"!" + content[15:]


@pytest.mark.parametrize("kind", ["shorter", "a longer record", "another byte"])
@pytest.mark.parametrize("compressed", [True, False])
def test_damaged_file_is_refused_with_its_name(tmp_path, kind, compressed):
    folder = write_examples(tmp_path, {"train": [[b"a row of some length", b"another"]]}, compress=False)
    [file] = folder.rglob("data*")
    content = damaged(file.read_bytes(), kind)
    file.write_bytes(gzip.compress(content) if compressed else content)
    with pytest.raises(DataError, match="expected a complete TFRecord file") as refused:
        list(stored_records(file))
    assert str(file) in str(refused.value)


def test_truncated_compression_and_a_missing_file_are_refused(tmp_path):
    folder = write_examples(tmp_path, {"train": [[b"row" * 100]]})
    [file] = folder.rglob("data*")
    file.write_bytes(file.read_bytes()[:-12])
    for place in (file, tmp_path / "none"):
        with pytest.raises(DataError, match="write `penstock fsck`"):
            list(stored_records(place))
