"""Files of the log: complete ones only, begun again by size, age and columns."""

import os
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.server.sampling.files import GROUP, LogFolder
from penstock.server.sampling.options import Sampling
from tests.file_limit import file_limit


class Clock:
    now = 1_700_000_000.0

    def __call__(self):
        return self.now


def batch(*values, name="x"):
    return pa.RecordBatch.from_arrays([pa.array(values)], [name])


def visible(folder):
    return sorted(folder.glob("*.parquet"))


def values(folder, name="x"):
    return [value for file in visible(folder) for value in pq.read_table(file)[name].to_pylist()]


@pytest.fixture
def clock():
    return Clock()


def test_file_is_visible_when_it_is_complete(tmp_path, clock):
    folder = tmp_path / "m" / "s"
    with LogFolder(folder, Sampling(tmp_path), clock) as log:
        log.add(batch(1, 2))
        log.add(batch(3))
        assert visible(folder) == []
    (file,) = visible(folder)
    assert file.name.startswith("20231114T221320-")
    assert values(folder) == [1, 2, 3]
    assert list(folder.iterdir()) == [file]


def test_large_file_is_completed_and_another_one_begun(tmp_path, clock):
    with LogFolder(tmp_path, Sampling(tmp_path, most_bytes=8 * 2 * GROUP), clock) as log:
        numbers = random.Random(0).sample(range(1 << 60), 5 * GROUP)
        for start in range(0, 5 * GROUP, GROUP // 2):
            log.add(batch(*numbers[start : start + GROUP // 2]))
    assert len(visible(tmp_path)) > 1
    assert sorted(values(tmp_path)) == sorted(numbers)


def test_old_file_is_completed(tmp_path, clock):
    with LogFolder(tmp_path, Sampling(tmp_path, seconds=60), clock) as log:
        log.complete_if_old()
        log.add(batch(1))
        clock.now += 59
        log.complete_if_old()
        assert visible(tmp_path) == []
        clock.now += 1
        log.complete_if_old()
        assert values(tmp_path) == [1]
        log.add(batch(2))
    assert len(visible(tmp_path)) == 2


def test_columns_that_no_request_had_before_begin_another_file_with_all(tmp_path, clock):
    with LogFolder(tmp_path, Sampling(tmp_path), clock) as log:
        for given in (batch(1), batch(2, name="z"), batch(3), batch(4, name="z")):
            log.add(given)
    assert [pq.read_table(file).to_pydict() for file in visible(tmp_path)] == [
        {"x": [1]},
        {"x": [None, 3, None], "z": [2, None, 4]},
    ]


def test_file_that_a_killed_process_left_is_removed_and_one_that_is_written_stays(tmp_path, clock, caplog):
    left, young, other = tmp_path / ".a.1.writing", tmp_path / ".b.2.writing", tmp_path / ".c.txt"
    for file in (left, young, other):
        file.write_bytes(b"PAR1")
    with LogFolder(tmp_path, Sampling(tmp_path), clock) as log:
        log.add(batch(1))
        (written,) = set(tmp_path.iterdir()) - {left, young, other}
        for file in (left, other, written):
            os.utime(file, (0, 0))
        LogFolder(tmp_path, Sampling(tmp_path), clock)
        assert sorted(tmp_path.iterdir()) == sorted([young, other, written])
    assert [record.message.split(",")[0] for record in caplog.records] == [f"removed {left}"]
    assert values(tmp_path) == [1]


def test_folder_that_cannot_be_made_is_an_error_and_a_later_one_works(tmp_path, clock):
    (tmp_path / "m").write_text("a file")
    log = LogFolder(tmp_path / "m", Sampling(tmp_path), clock)
    with pytest.raises(OSError, match="exists"):
        log.add(batch(1))
    (tmp_path / "m").unlink()
    with log:
        log.add(batch(2))
    assert values(tmp_path / "m") == [2]


def test_full_disk_leaves_nothing_behind_and_a_later_file_is_written(tmp_path, clock):
    log = LogFolder(tmp_path, Sampling(tmp_path), clock)
    log.add(batch(1))
    with file_limit(100), pytest.raises(OSError, match="too large"):
        log.complete()
    assert list(tmp_path.iterdir()) == []
    assert log.lost == 1
    many = batch(*random.Random(0).sample(range(1 << 60), GROUP))
    with file_limit(100), pytest.raises(OSError, match="too large"):
        log.add(many)
    assert list(tmp_path.iterdir()) == []
    with log:
        log.add(batch(2))
    assert values(tmp_path) == [2]
