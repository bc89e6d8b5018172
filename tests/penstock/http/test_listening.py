import socket

import pytest

from penstock.core.errors import ConfigError
from penstock.http.listening import address_of, listening, reserved, url_of


def test_port_that_is_taken_is_one_sentence():
    with listening("127.0.0.1", 0) as opened:
        port = opened.getsockname()[1]
        assert url_of(opened) == f"http://127.0.0.1:{port}"
        with pytest.raises(ConfigError, match=f"^the address 127.0.0.1:{port}: expected one that is free, received "):
            listening("127.0.0.1", port)


@pytest.mark.parametrize("host", ["256.1.1.1", "nowhere.invalid", "\0", "a" * 300])
def test_address_that_is_none_is_one_sentence(host):
    with pytest.raises(ConfigError, match="choose another --port or --host"):
        listening(host, 0)


def test_reserved_port_can_be_shared_by_the_processes_of_the_server_and_by_no_other():
    with reserved("127.0.0.1", 0, "--grpc-port") as opened:
        port = opened.getsockname()[1]
        assert address_of(opened) == f"127.0.0.1:{port}"
        with socket.socket() as shared:
            shared.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            shared.bind(("127.0.0.1", port))
        with pytest.raises(ConfigError, match="choose another --grpc-port or --host"):
            reserved("127.0.0.1", port, "--grpc-port")
