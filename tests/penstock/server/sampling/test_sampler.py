"""The log of a server: its share of the requests, what is dropped, and errors that stop nothing."""

import threading

import numpy as np
import pyarrow.parquet as pq
import pytest

from penstock.server.copying.answered import Answered
from penstock.server.sampling.options import Sampling
from penstock.server.sampling.sampler import Sampler
from tests.file_limit import file_limit


def answered(value=1, model="m", signature="serving_default", count=1):
    return Answered(model, 1, signature, {"x": np.full(count, value)}, {})


def written(folder):
    files = sorted(folder.rglob("*.parquet"))
    return [value for file in files for value in pq.read_table(file)["x"].to_pylist()]


@pytest.mark.parametrize(("share", "taken"), [(0.0, 0), (0.25, 25), (1.0, 100)])
def test_share_of_the_requests_is_wanted(tmp_path, share, taken):
    chances = iter([place / 100 for place in range(100)])
    sampler = Sampler(Sampling(tmp_path, share), print, chance=lambda: next(chances))
    assert sum(sampler.wants("m", "") for _ in range(100)) == taken
    sampler.close()
    assert not sampler.wants("m", "")


def test_requests_are_written_by_model_and_signature(tmp_path):
    outcomes = []
    sampler = Sampler(Sampling(tmp_path), outcomes.append)
    for model, signature in (("m", "a"), ("m", "b"), ("../n", "a"), ("..", "a/b")):
        sampler.offer(answered(model=model, signature=signature))
    sampler.close()
    assert sorted(str(file.parent.relative_to(tmp_path)) for file in tmp_path.rglob("*.parquet")) == [
        "%2E%2E%2Fn/a",
        "%2E%2E/a%2Fb",
        "m/a",
        "m/b",
    ]
    assert outcomes == ["written"] * 4


class Stopped:
    """A clock that stops the writer until it may go on."""

    def __init__(self):
        self.reached, self.may_go = threading.Event(), threading.Event()

    def __call__(self):
        self.reached.set()
        assert self.may_go.wait(60)
        return 0.0


@pytest.mark.parametrize(
    ("limits", "kept"), [({"waiting": 3}, 3), ({"waiting_bytes": 8 * 2}, 2), ({"waiting_bytes": 7}, 0)]
)
def test_requests_that_would_wait_behind_too_many_are_dropped_and_counted(tmp_path, limits, kept):
    clock = Stopped()
    outcomes = []
    sampler = Sampler(Sampling(tmp_path, **limits), outcomes.append, clock)
    sampler.offer(answered(0))
    first = 1 - len(outcomes)
    assert not first or clock.reached.wait(60)
    for value in range(1, 10):
        sampler.offer(answered(value))
    clock.may_go.set()
    sampler.close()
    assert written(tmp_path) == list(range(kept + first))
    assert sorted(outcomes) == ["dropped"] * (10 - kept - first) + ["written"] * (kept + first)


def test_request_without_rows_is_not_written(tmp_path):
    outcomes = []
    sampler = Sampler(Sampling(tmp_path), outcomes.append)
    sampler.offer(answered(count=0))
    sampler.close()
    assert (outcomes, list(tmp_path.iterdir())) == (["skipped"], [])


def test_request_in_a_file_that_could_not_be_completed_is_lost(tmp_path):
    outcomes = []
    with file_limit(100):
        sampler = Sampler(Sampling(tmp_path), outcomes.append)
        for value in range(3):
            sampler.offer(answered(value))
        sampler.close()
    assert outcomes == ["written"] * 3 + ["lost"] * 3
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


def test_log_that_cannot_be_written_is_reported_once_and_counted(tmp_path, caplog):
    (tmp_path / "m").write_text("a file")
    outcomes = []
    sampler = Sampler(Sampling(tmp_path), outcomes.append)
    for _ in range(3):
        sampler.offer(answered())
    sampler.offer(answered(model="n"))
    sampler.close()
    assert outcomes == ["failed"] * 3 + ["written"]
    assert [record.message.split(" cannot")[0] for record in caplog.records] == [f"the log of requests in {tmp_path}"]
    assert written(tmp_path / "n") == [1]
