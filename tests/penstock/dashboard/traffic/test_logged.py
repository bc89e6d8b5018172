"""The newest part of a log: by version, within its limits, without what is damaged."""

from dataclasses import replace

import numpy as np
import pytest

from penstock.dashboard.traffic import logged
from penstock.dashboard.traffic.logged import read_log
from tests.penstock.serving.requests.logs import answer, write_log


def with_outputs(request, version=1, time=1_700_000_000.0, model="m", **outputs):
    given = answer(request=request, version=version, time=time, model=model)
    return replace(given, outputs={name: np.array(values) for name, values in outputs.items()})


def test_rows_requests_times_and_outputs_are_counted_by_version(tmp_path):
    texts = np.array([b"a", b"b"], object)
    write_log(
        tmp_path,
        with_outputs("r1", probability=[0.25, 0.75]),
        with_outputs("r2", probability=[0.5, 0.5], time=1_700_000_060.0),
        with_outputs("r3", version=2, probability=[1.0, 0.0]),
    )
    write_log(tmp_path, with_outputs("r4", model="other", label=texts))
    found = read_log(tmp_path, "m")
    assert list(found.versions) == [2, 1]
    rows = found.versions[1]
    assert (rows.rows, rows.requests, (rows.last - rows.first).total_seconds()) == (4, 2, 60)
    assert np.concatenate(rows.numbers["probability"]).tolist() == [0.25, 0.75, 0.5, 0.5]
    assert (found.files, found.older, found.damaged, found.shares, found.others) == (1, 0, (), (1.0,), ("other",))
    other = read_log(tmp_path, "other").versions[1]
    assert other.texts == {"label": {"a": 1, "b": 1}}


def test_second_look_reads_no_file_again_and_is_the_same(tmp_path):
    write_log(tmp_path, with_outputs("r1", probability=[0.25, 0.75]))
    first, second = read_log(tmp_path, "m"), read_log(tmp_path, "m")
    assert first.versions[1].rows == second.versions[1].rows == 2
    assert len(second.versions[1].numbers["probability"]) == 1


def test_hashed_output_is_left_out(tmp_path):
    write_log(tmp_path, with_outputs("r1", probability=[0.25, 0.75]), hashed=frozenset({"probability"}), key=b"k")
    assert read_log(tmp_path, "m").versions[1].numbers == {}


def test_newest_files_are_read_until_there_are_enough_rows(tmp_path, monkeypatch):
    for number in range(6):
        write_log(tmp_path, with_outputs(f"r{number}", version=number, probability=[0.1, 0.2]))
        [file] = [
            path
            for path in (tmp_path / "m" / "serving_default").iterdir()
            if path.name[0] != "2" or "Z" not in path.name
        ]
        file.rename(file.with_name(f"2026010{number}TZ.parquet"))
    monkeypatch.setattr(logged, "MOST_ROWS", 5)
    found = read_log(tmp_path, "m")
    assert (list(found.versions), found.files, found.older) == ([5, 4, 3], 3, 3)
    monkeypatch.setattr(logged, "MOST_FILES", 2)
    found = read_log(tmp_path, "m")
    assert (list(found.versions), found.files, found.older) == ([5, 4], 2, 4)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"x" * 5000])
def test_damaged_file_is_named_and_the_others_are_read(tmp_path, content):
    write_log(tmp_path, with_outputs("r1", probability=[0.25, 0.75]))
    (tmp_path / "m" / "20990101.parquet").write_bytes(content)
    (tmp_path / "m" / ".20990102.parquet.writing").write_bytes(b"PAR1")
    found = read_log(tmp_path, "m")
    assert (found.versions[1].rows, found.writing, len(found.damaged)) == (2, 1, 1)
    assert "20990101.parquet: expected a complete Parquet file" in found.damaged[0]


def test_file_that_is_damaged_inside_is_named(tmp_path):
    write_log(tmp_path, with_outputs("r1", probability=[0.25, 0.75]))
    [file] = (tmp_path / "m").rglob("*.parquet")
    whole = file.read_bytes()
    file.write_bytes(whole[:4] + b"\xff" * (len(whole) // 3) + whole[4 + len(whole) // 3 :])
    found = read_log(tmp_path, "m")
    assert (found.versions, len(found.damaged), found.older) == ({}, 1, 0)


def test_log_that_is_not_there_is_empty(tmp_path):
    found = read_log(tmp_path / "nothing", "m")
    assert (found.versions, found.files, found.writing, found.damaged) == ({}, 0, 0, ())
