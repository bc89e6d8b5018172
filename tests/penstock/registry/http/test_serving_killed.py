"""The server's processes are killed while clients write; another one goes on with the same database."""

import threading
import time

import psutil
import pytest

from penstock.core.errors import StoreError
from penstock.registry import Client
from penstock.registry.client import DatabaseClient
from penstock.registry.documents import TokenBody
from penstock.registry.lists import Slice
from tests.registry_rows import body
from tests.registry_server import started

pytestmark = pytest.mark.slow
WRITERS = 8


def test_each_acknowledged_write_is_there_and_none_is_half(tmp_path, uri):
    with DatabaseClient(uri, actor="ann") as registry:
        model = registry.create_model(registry.create_project("taxi").id, "tips")
        _, token = registry.create_token(TokenBody(name="node", scopes=("write",)))
    recorded = {}
    for turn in range(3):
        with started(tmp_path, "--workers", "2", uri=uri) as (process, url):
            writers = [
                threading.Thread(target=_write, args=(url, token, model.id, f"{turn}-{n}", recorded))
                for n in range(WRITERS)
            ]
            for writer in writers:
                writer.start()
            wanted = len(recorded) + 20
            while len(recorded) < wanted:
                time.sleep(0.01)
            for each in [*psutil.Process(process.pid).children(recursive=True), process]:
                each.kill()
            for writer in writers:
                writer.join(600)
    with DatabaseClient(uri) as registry:
        assert {id: registry.experiment(id).run for id in recorded} == recorded
        assert registry.faults() == []
        numbers = [each.number for each in _all(registry, model.id)]
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(numbers) >= len(recorded)


def _write(url, token, model, name, recorded):
    """Record runs until the server is gone."""
    with Client(url, token) as client:
        try:
            for number in range(10_000):
                run = f"{name}-{number}"
                recorded[client.record_experiment(body(model, run=run)).id] = run
        except StoreError:
            return


def _all(registry, model):
    part = Slice(limit=1000)
    while True:
        page = registry.experiments(part, model_id=model)
        yield from page.items
        if page.after is None:
            return
        part = Slice(limit=1000, after=page.after)
