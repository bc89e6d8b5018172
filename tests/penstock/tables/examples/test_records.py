"""TFRecord files: readable by TensorFlow, equal for equal rows, and never partial."""

import gzip
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from penstock.core.errors import DataError
from penstock.tables.examples.records import Part, RecordFile
from tests.file_limit import file_limit

ROOT = Path(__file__).resolve().parents[4]


def part(records, compress=True):
    return Part.of(pa.array(records, pa.binary()), compress=compress)


@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.slow
def test_what_is_written_is_read_by_tensorflow(tmp_path, compress):
    import tensorflow as tf

    records = [b"", b"a", b"b" * 300, "größe".encode()] * 5
    with RecordFile(tmp_path / "deep" / "rows", compress=compress) as file:
        for records_of_part in (records[:7], [], records[7:]):
            file.append(part(records_of_part, compress))
    read = tf.data.TFRecordDataset(str(file.path), compression_type="GZIP" if compress else "")
    assert [record.numpy() for record in read] == records
    assert file.count == len(records)


def test_equal_records_give_equal_files(tmp_path):
    for name in ("one.gz", "two.gz"):
        with RecordFile(tmp_path / name) as file:
            file.append(part([b"a", b"b"]))
    assert (tmp_path / "one.gz").read_bytes() == (tmp_path / "two.gz").read_bytes()


def write_half(path, compress):
    with RecordFile(path, compress=compress) as file:
        file.append(part([b"a"], compress))
        assert not path.exists()
        raise ZeroDivisionError


@pytest.mark.parametrize("compress", [True, False])
def test_an_error_leaves_no_file(tmp_path, compress):
    with pytest.raises(ZeroDivisionError):
        write_half(tmp_path / "rows", compress)
    assert list(tmp_path.iterdir()) == []


def test_many_parts_are_one_stream_of_gzip(tmp_path):
    with RecordFile(tmp_path / "rows.gz") as file:
        parts = [part([bytes([number]) * number * 1000]) for number in range(20)]
        for each in parts:
            file.append(each)
    assert gzip.decompress(file.path.read_bytes()) == b"".join(bytes(each.plain) for each in parts)


WRITE_ON = """
import os, pyarrow, sys, pathlib
from penstock.tables.examples.records import Part, RecordFile
with RecordFile(pathlib.Path(sys.argv[1]) / "rows.gz") as file:
    for number in range(10_000):
        file.append(Part.of(pyarrow.array([os.urandom(50_000)])))
        print(number, flush=True)
"""


@pytest.mark.slow
def test_a_kill_in_the_middle_leaves_nothing_under_the_files_name(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", WRITE_ON, str(tmp_path)], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": ROOT}
    )
    for _ in range(20):
        process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".rows.gz.")
    # What is written there later is whole.
    with RecordFile(tmp_path / "rows.gz") as file:
        file.append(part([b"a"]))
    assert set(tmp_path.iterdir()) == {left, file.path}
    assert len(gzip.decompress(file.path.read_bytes())) == 17


def fill(folder, compress=True):
    with RecordFile(folder / "deep" / "rows", compress=compress) as file:
        for _ in range(100):
            file.append(part([os.urandom(100_000)], compress))


def assert_one_sentence(caught, folder):
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert [word for word in (str(folder), "free space for what is written", "free some") if word not in sentence] == []


@pytest.mark.parametrize("compress", [True, False])
def test_a_file_that_may_not_grow_is_one_sentence_and_no_file(tmp_path, compress):
    with pytest.raises(DataError) as caught, file_limit(200_000):
        fill(tmp_path, compress)
    assert_one_sentence(caught, tmp_path / "deep")
    assert list((tmp_path / "deep").iterdir()) == []


@pytest.fixture
def small_disk(tmp_path):
    """A disk of one megabyte, which only root can mount."""
    if os.geteuid() or not shutil.which("mount"):
        pytest.skip("only root can mount a small disk")
    place = tmp_path / "disk"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)], check=False).returncode:
        pytest.skip("no small disk can be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_is_one_sentence_and_no_file(small_disk):
    with pytest.raises(DataError) as caught:
        fill(small_disk)
    assert_one_sentence(caught, small_disk / "deep")
    assert "no space left" in str(caught.value)
    assert list((small_disk / "deep").iterdir()) == []


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "deep").write_text("")
    with pytest.raises(DataError, match=r"the folder .*deep.*expected a folder that can be written"):
        fill(tmp_path)
