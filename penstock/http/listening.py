"""Sockets that listen, and their addresses."""

import socket

from penstock.core.errors import ConfigError


def listening(host: str, port: int, option: str = "--port") -> socket.socket:
    """Return a socket that listens on an address.

    Args:
        host: The address.
        port: The port; 0 for a free one.
        option: The option of the command that chooses another port, for the error.

    Raises:
        ConfigError: It cannot.
    """
    try:
        return socket.create_server((host, port), family=_family(host, port), backlog=1024)
    except (OSError, UnicodeError, OverflowError) as error:
        raise _refused(host, port, option, error) from None


def reserved(host: str, port: int, option: str) -> socket.socket:
    """Return a socket that keeps a port free for the processes of this server, which listen on it themselves.

    Raises:
        ConfigError: Another server listens on it.
    """
    # The kernel would also give the port to two servers that both share it.
    listening(host, port, option).close() if port else None
    try:
        opened = socket.socket(_family(host, port), socket.SOCK_STREAM)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        opened.bind((host, port))
    except (OSError, UnicodeError, OverflowError) as error:
        raise _refused(host, port, option, error) from None
    return opened


def url_of(opened: socket.socket, scheme: str = "http") -> str:
    """Return the URL of a socket that listens."""
    return f"{scheme}://{address_of(opened)}"


def address_of(opened: socket.socket) -> str:
    """Return the address and the port of a socket."""
    host, port = opened.getsockname()[:2]
    return f"{f'[{host}]' if ':' in host else host}:{port}"


def _family(host: str, port: int) -> socket.AddressFamily:
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]


def _refused(host: str, port: int, option: str, error: Exception) -> ConfigError:
    reason = getattr(error, "strerror", None) or str(error)
    return ConfigError(
        f"the address {host}:{port}", "one that is free", reason.lower(), f"choose another {option} or --host"
    )
