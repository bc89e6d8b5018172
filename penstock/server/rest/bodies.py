"""Reads the body of a request in bounded memory, and decompresses it."""

import zlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from penstock.server.errors import Code, ServingError

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]

_CHUNK = 1 << 20
_GZIP, _ZLIB = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS


class TooLargeError(Exception):
    """The body is larger than the limit, as it was sent or decompressed."""


class DisconnectedError(Exception):
    """The client has gone before it had sent the body."""


class NoRoomError(Exception):
    """The bodies of all requests together would be larger than the limit."""


class Room:
    """Counts the bytes of the bodies that are in memory, so that many large ones do not use it up."""

    def __init__(self, limit: int) -> None:
        """Take the most bytes; 0 for any number."""
        self._limit, self._taken = limit, 0

    def take(self, size: int) -> None:
        """Count bytes.

        Raises:
            NoRoomError: There would be too many; none of these are counted.
        """
        if self._limit and self._taken + size > self._limit:
            raise NoRoomError
        self._taken += size

    def give_back(self, size: int) -> None:
        """Count bytes no more."""
        self._taken -= size


class Place:
    """The bytes of one request, which count until its block ends."""

    def __init__(self, room: Room) -> None:
        """Begin without one."""
        self._room, self._held = room, 0

    def __enter__(self) -> Callable[[int], None]:
        """Return a function that counts bytes of the request; it raises NoRoomError."""
        return self._take

    def __exit__(self, *_: object) -> None:
        """Give the bytes back."""
        self._room.give_back(self._held)

    def _take(self, size: int) -> None:
        self._room.take(size)
        self._held += size


async def read(receive: Receive, length: bytes, limit: int, take: Callable[[int], None]) -> bytes:
    """Return the body of a request.

    Args:
        receive: The function of ASGI.
        length: The header Content-Length, empty if there is none.
        limit: The most bytes that are taken.
        take: Counts bytes that are in memory from now on. What a client announces is not counted: it may never come.
    """
    if length.isdigit() and int(length) > limit:
        raise TooLargeError
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise DisconnectedError
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise TooLargeError
        take(len(chunk))
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def decompressed(body: bytes, encoding: str, limit: int) -> bytes:
    """Return a body without its compression; one of an encoding that is not known is returned as it is."""
    encoding = encoding.strip().lower()
    if "gzip" not in encoding and encoding != "deflate":
        return body
    window = _ZLIB if encoding == "deflate" else _GZIP
    chunks: list[bytes] = []
    size = 0
    try:
        while body:
            inflater = zlib.decompressobj(window)
            while not inflater.eof:
                chunk = inflater.decompress(body, _CHUNK)
                size += len(chunk)
                if size > limit:
                    raise TooLargeError
                chunks.append(chunk)
                body = inflater.unconsumed_tail
                if not body and not chunk and not inflater.eof:
                    raise zlib.error("it ends before the end of the data")
            body = inflater.unused_data
    except zlib.error as error:
        raise ServingError(Code.INVALID_ARGUMENT, f"The body is not valid {encoding}: {error}") from error
    return b"".join(chunks)
