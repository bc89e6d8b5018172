"""The runs of a pipeline for a process that lists them often."""

import os
import shutil

import pytest

from benchmarks.metadata_rows import multiply
from penstock.metadata import lineage
from penstock.metadata.run_cache import RunCache
from tests.metadata_store import RUNNING, StoreBuilder, configuration


@pytest.fixture
def builder(tmp_path):
    return StoreBuilder(configuration(tmp_path))


def test_runs_are_those_of_the_store_however_often_they_are_read(builder):
    cache = RunCache(builder.config.store)
    assert cache.all() == []
    builder.whole_run("run-1", version=1)
    builder.node("run-2", "ExampleGen", state=RUNNING)
    for _ in range(3):
        assert cache.all() == lineage.runs(builder.config.store)
    builder.whole_run("run-3", version=2)
    builder.node("run-2", "Trainer")
    for _ in range(2):
        assert cache.all() == lineage.runs(builder.config.store)


def test_run_that_has_ended_is_read_once(builder):
    builder.whole_run("run-1", version=1)
    builder.whole_run("run-2", version=2)
    cache = RunCache(builder.config.store)
    first, second = cache.all(), cache.all()
    assert second[1] is first[1]
    assert second[0] is not first[0]


def test_store_that_was_replaced_is_read_again(builder, tmp_path):
    builder.whole_run("run-1", version=1)
    builder.whole_run("run-2", version=2)
    cache = RunCache(builder.config.store)
    cache.all()
    shutil.rmtree(tmp_path / "state")
    other = StoreBuilder(builder.config)
    other.whole_run("other-1", version=1)
    other.whole_run("other-2", version=2)
    assert [run.id for run in cache.all()] == ["other-2", "other-1"]


def test_store_that_has_not_changed_is_not_read_again(builder, monkeypatch):
    builder.whole_run("run-1", version=1)
    cache = RunCache(builder.config.store)
    cache.all()
    os.utime(builder.config.metadata_file, (1, 1))  # not changed just now, when another change would not show
    first = cache.all()
    with monkeypatch.context() as patch:
        patch.setattr(cache, "_read", None)
        assert cache.all() == first
    builder.whole_run("run-2", version=2)
    assert cache.all() == lineage.runs(builder.config.store) != first


def test_many_runs_are_all_there(builder):
    builder.whole_run("run-1", version=1)
    multiply(builder.config.metadata_file, 30)
    cache = RunCache(builder.config.store)
    assert cache.all() == cache.all() == lineage.runs(builder.config.store)
