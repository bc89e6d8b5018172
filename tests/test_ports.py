"""Ports for servers of the tests and of the cluster: no connection of another program takes them meanwhile."""

import socket

import pytest

from penstock.core.errors import ConfigError
from scripts import ports
from scripts.ports import free_port


def test_preferred_port_is_taken_only_if_it_is_free():
    port = free_port()
    assert free_port(port) == port
    with socket.create_server(("127.0.0.1", port)):
        assert free_port(port) != port


def test_no_connection_gets_the_port_of_a_server():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as connected:
        assert connected.getsockname()[1] >= ports._first_of_connections()
    assert {free_port() < ports._first_of_connections() for _ in range(20)} == {True}


def test_other_systems_and_damaged_settings_give_ports_too(tmp_path, monkeypatch):
    monkeypatch.setattr(ports, "_RANGE", tmp_path / "missing")
    assert 10_000 <= free_port() < 49_152
    monkeypatch.setattr(ports, "_RANGE", tmp_path / "low")
    (tmp_path / "low").write_text("1024\t65535\n")
    assert free_port() > 0  # connections may have each port here


def test_no_free_port_is_an_error(monkeypatch):
    monkeypatch.setattr(ports, "_TRIES", 3)
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        monkeypatch.setattr(ports._RANDOM, "randint", lambda *_: port)
        with pytest.raises(ConfigError, match=r"expected a free one, received none; end other servers"):
            free_port()
