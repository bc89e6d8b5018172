"""HTTP/1.1 by httptools, with a limit of the time in which headers arrive; uvicorn has none."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

# Within this time the headers of a request have to arrive, the first one's since the connection was made.
HEADER_SECONDS = 30
_LARGEST_HEADERS = 65_536


class Protocol(HttpToolsProtocol):
    """A connection."""

    _watch: asyncio.TimerHandle | None = None
    _head_bytes = 0

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

    def connection_lost(self, exc: Exception | None) -> None:
        """End the wait."""
        self._end_watch()
        super().connection_lost(exc)

    def _expect_headers(self) -> None:
        if self._watch is None and not self.transport.is_closing():
            self._watch = self.loop.call_later(HEADER_SECONDS, self.transport.close)

    def _end_watch(self) -> None:
        self._head_bytes = 0
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
