import pytest

from tests.penstock.parity import tiny_server


@pytest.fixture
def server():
    with tiny_server.running() as running:
        yield running


@pytest.fixture
def no_pauses(monkeypatch):
    monkeypatch.setattr("penstock.parity.rest.PAUSES", (0.0, 0.0, 0.0))
