"""HTTP/1.1 by httptools, with limits of the time in which headers arrive and answers are read; uvicorn has none."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

# Within this time the headers of a request have to arrive, the first one's since the connection was made.
HEADER_SECONDS = 30
# A client that reads nothing of its answer for so long has gone, or keeps the memory of the answer on purpose.
READ_SECONDS = 60
_LARGEST_HEADERS = 65_536


class JoiningTransport(asyncio.Transport):
    """A transport that sends two writes of one turn of the event loop at once: head and body of an answer.

    Each call of the system takes as long as reading a small request.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        """Wrap a transport."""
        super().__init__()
        self._transport, self._loop, self._held = transport, loop, b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send what is held together with more, or hold it until the next write or the next turn."""
        if self._held:
            held, self._held = self._held, b""
            self._transport.write(held + data)
        elif data:
            self._held = bytes(data)
            self._loop.call_soon(self._flush)

    def close(self) -> None:
        """Send what is held, and close."""
        self._flush()
        self._transport.close()

    def abort(self) -> None:
        """Close without sending anything."""
        self._held = b""
        self._transport.abort()

    def get_write_buffer_size(self) -> int:
        """Return how many bytes are not sent yet."""
        return len(self._held) + self._transport.get_write_buffer_size()

    def is_closing(self) -> bool:
        """Return whether it is closed or being closed."""
        return self._transport.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return a fact about the connection."""
        return self._transport.get_extra_info(name, default)

    def pause_reading(self) -> None:
        """Read no more."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Read again."""
        self._transport.resume_reading()

    def _flush(self) -> None:
        if self._held:
            held, self._held = self._held, b""
            self._transport.write(held)


class Protocol(HttpToolsProtocol):
    """A connection."""

    _watch: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _reading: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(JoiningTransport(transport, self.loop))
        self._expect_headers()

    def data_received(self, data: bytes) -> None:
        """Wait for the rest of the headers, which must not become too large."""
        if self._watch is not None:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._watch is not None and self._head_bytes > _LARGEST_HEADERS and not self.transport.is_closing():
            self.send_400_response("The headers are too large.")

    def on_message_begin(self) -> None:
        """Begin to wait for the headers of a request."""
        super().on_message_begin()
        self._expect_headers()

    def on_headers_complete(self) -> None:
        """End the wait."""
        self._end_watch()
        super().on_headers_complete()

    def eof_received(self) -> bool | None:  # type: ignore[override]
        """Answer what a client has sent that sends nothing more; TLS has no such state."""
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is None or cycle.response_complete:
            if self._head_bytes and not self.transport.is_closing():
                self.send_400_response("The request ended within its headers.")
            return None
        if cycle.more_body:
            self.send_400_response("The request ended within its body.")
            return None
        cycle.keep_alive = False
        return self.scheme == "http"

    def pause_writing(self) -> None:
        """Begin to wait for the client, which reads more slowly than this side writes."""
        super().pause_writing()
        self._expect_reading()

    def resume_writing(self) -> None:
        """End the wait for the client."""
        self._end_reading()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """End the waits."""
        self._end_watch()
        self._end_reading()
        super().connection_lost(exc)

    def _expect_headers(self) -> None:
        if self._watch is None and not self.transport.is_closing():
            self._watch = self.loop.call_later(HEADER_SECONDS, self.transport.close)

    def _end_watch(self) -> None:
        self._head_bytes = 0
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    def _expect_reading(self) -> None:
        left = self.transport.get_write_buffer_size()
        self._reading = self.loop.call_later(READ_SECONDS, self._check_reading, left)

    def _check_reading(self, before: int) -> None:
        if self.transport.get_write_buffer_size() < before:
            self._expect_reading()
        else:
            self.transport.abort()

    def _end_reading(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None
