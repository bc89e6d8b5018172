"""PostgreSQL is restarted while clients write, on the database and over HTTP."""

import threading
import time
from dataclasses import replace

import pytest

from penstock.core.errors import StoreError
from penstock.registry import Client
from penstock.registry.client import DatabaseClient
from penstock.registry.documents import TokenBody
from penstock.registry.http.app import create_app
from tests.registry_server import serving

pytestmark = pytest.mark.slow


def test_no_acknowledged_write_is_lost_and_each_error_is_a_sentence(postgresql):
    postgresql.execute("CREATE DATABASE restarted")
    uri = replace(postgresql, database="restarted").url
    done, written, refused = threading.Event(), [], []

    def write(number, *address):
        with Client(*address) as client:
            count = 0
            while not done.is_set():
                name = f"p{number}-{count}"
                try:
                    written.append(client.create_project(name).name)
                except StoreError as error:
                    refused.append(str(error))
                count += 1

    with DatabaseClient(uri, actor="ann") as registry:
        _, token = registry.create_token(TokenBody(name="node", scopes=("write",)))
        with serving(create_app(registry)) as http:
            addresses = [(uri,), (uri,), (str(http.base_url), token), (str(http.base_url), token)]
            writers = [threading.Thread(target=write, args=(n, *each)) for n, each in enumerate(addresses)]
            for writer in writers:
                writer.start()
            try:
                for _ in range(2):
                    wanted = len(written) + 20
                    while len(written) < wanted:
                        time.sleep(0.01)
                    postgresql.restart()
                wanted = len(written) + 20
                while len(written) < wanted:
                    time.sleep(0.01)
            finally:
                done.set()
            for writer in writers:
                writer.join(600)
        assert all("; " in sentence and "Traceback" not in sentence for sentence in refused)
        assert [name for name in written if registry.project(name).name != name] == []
        assert registry.faults() == []
