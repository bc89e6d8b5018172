"""Parts of pages that change while they are shown."""

import asyncio
import os

import pytest

from penstock.core.errors import StoreError
from penstock.dashboard import live
from penstock.dashboard.live import Drawn, event, events
from penstock.metadata.run_cache import store_stamp
from tests.metadata_store import RUNNING, StoreBuilder, configuration


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.setattr(live, "LOOK_SECONDS", 0.001)
    monkeypatch.setattr(live, "REDRAW_SECONDS", 0.0)
    return StoreBuilder(configuration(tmp_path)).config


def collected(store, draw):
    async def collect():
        return [each async for each in events(store, draw)]

    return asyncio.run(collect())


def test_part_is_sent_when_it_changes_and_ends_with_the_run(config):
    drawn = [Drawn("one", running=True), Drawn("one", running=True), Drawn("two\nlines", running=True)]
    remaining = iter([*drawn, Drawn("three", last=True)])
    assert collected(config.store, lambda: next(remaining)) == [
        "event: part\ndata: one\n\n",
        "event: part\ndata: two\ndata: lines\n\n",
        "event: part\ndata: three\n\n",
        "event: end\ndata: \n\n",
    ]


def test_store_that_cannot_be_read_ends_the_stream(config):
    def draw():
        raise StoreError("metadata store x", "a store", "none", "repair it")

    assert collected(config.store, draw) == [event("end", "")]


def test_nothing_is_drawn_again_while_neither_the_store_nor_time_changes_it(config):
    drawn = []

    def draw():
        drawn.append(1)
        return Drawn("same")

    async def look():
        stream = events(config.store, draw)
        await anext(stream)
        waiting = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        os.utime(config.metadata_file, ns=(1, 1))
        while len(drawn) < 2:
            await asyncio.sleep(0.001)
        waiting.cancel()

    asyncio.run(look())
    assert len(drawn) == 2


def test_stamp_changes_with_a_write_and_is_unknown_for_a_server(config, tmp_path):
    before = store_stamp(config.store)
    StoreBuilder(config).node("run-1", "ExampleGen", state=RUNNING)
    assert store_stamp(config.store) != before
    elsewhere = configuration(tmp_path, "metadata.uri=mysql://u:p@127.0.0.1/x").store
    assert store_stamp(elsewhere) is None
