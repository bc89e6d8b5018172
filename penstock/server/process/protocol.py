"""HTTP/1.1 by httptools, with limits of the time in which headers arrive and answers are read; uvicorn has none."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

# Within this time the headers of a request have to arrive, the first one's since the connection was made.
HEADER_SECONDS = 30
# A client that reads nothing of its answer for so long has gone, or keeps the memory of the answer on purpose.
READ_SECONDS = 60
_LARGEST_HEADERS = 65_536


class Protocol(HttpToolsProtocol):
    """A connection."""

    _watch: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _reading: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
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
