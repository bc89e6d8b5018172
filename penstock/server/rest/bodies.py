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


async def read(receive: Receive, length: bytes, limit: int) -> bytes:
    """Return the body of a request.

    Args:
        receive: The function of ASGI.
        length: The header Content-Length, empty if there is none.
        limit: The most bytes that are taken.
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
