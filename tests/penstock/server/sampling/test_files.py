"""Files of the log: complete ones only, begun again by size, age and columns."""

import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.server.sampling.files import GROUP, LogFolder
from penstock.server.sampling.options import Sampling


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


def test_other_columns_begin_another_file(tmp_path, clock):
    with LogFolder(tmp_path, Sampling(tmp_path), clock) as log:
        log.add(batch(1))
        log.add(batch("a"))
        log.add(batch(2, name="z"))
    assert [pq.read_table(file).to_pydict() for file in visible(tmp_path)] == [{"x": [1]}, {"x": ["a"]}, {"z": [2]}]


def test_folder_that_cannot_be_made_is_an_error_and_a_later_one_works(tmp_path, clock):
    (tmp_path / "m").write_text("a file")
    log = LogFolder(tmp_path / "m", Sampling(tmp_path), clock)
    with pytest.raises(OSError, match="exists"):
        log.add(batch(1))
    (tmp_path / "m").unlink()
    with log:
        log.add(batch(2))
    assert values(tmp_path / "m") == [2]


def test_full_disk_leaves_nothing_behind(tmp_path, clock, monkeypatch):
    log = LogFolder(tmp_path, Sampling(tmp_path), clock)
    log.add(batch(1))

    def full(temporary, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("penstock.server.sampling.files.commit", full)
    with pytest.raises(OSError, match="No space"):
        log.complete()
    assert list(tmp_path.iterdir()) == []
