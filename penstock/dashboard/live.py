"""Parts of pages that change while they are shown, as server-sent events.

The store is asked again only if its file changed, or if time passes on a node that is running.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import anyio.to_thread
from fastapi.responses import StreamingResponse

from penstock.core.errors import PenstockError
from penstock.metadata.run_cache import Stamp, store_stamp
from penstock.metadata.store import Store

LOOK_SECONDS = 0.5
# While something runs the seconds on the page grow.
REDRAW_SECONDS = 2.0
_KEEP_ALIVE_SECONDS = 15.0


@dataclass(frozen=True)
class Drawn:
    """A part of a page.

    Attributes:
        markup: The part.
        running: Whether something runs, so that the part changes with time.
        last: Whether it does not change any more.
    """

    markup: str
    running: bool = False
    last: bool = False


def stream(store: Store, draw: Callable[[], Drawn]) -> StreamingResponse:
    """Return the answer that sends a part of a page each time that it changes.

    Args:
        store: The store that the part is drawn from.
        draw: Draws the part.
    """
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(events(store, draw), media_type="text/event-stream", headers=headers)


async def events(store: Store, draw: Callable[[], Drawn]) -> AsyncIterator[str]:
    """Yield the events: `part` with the markup, and `end` after the last one."""
    seen: Stamp | None = None
    shown, looked, said = Drawn(""), 0.0, time.monotonic()
    while not shown.last:
        now, stamp = time.monotonic(), store_stamp(store)
        if stamp != seen or stamp is None or (shown.running and now - looked >= REDRAW_SECONDS):
            seen, looked = stamp, now
            try:
                drawn = await anyio.to_thread.run_sync(draw)
            except PenstockError:  # the page says it when it is loaded again
                break
            if drawn.markup != shown.markup:
                said = now
                yield event("part", drawn.markup)
            shown = drawn
        if now - said >= _KEEP_ALIVE_SECONDS:
            said = now
            yield ": \n\n"
        if not shown.last:
            await asyncio.sleep(LOOK_SECONDS)
    yield event("end", "")


def event(kind: str, text: str) -> str:
    """Return one event; each line of its text is a line of data."""
    lines = "".join(f"data: {line}\n" for line in text.split("\n"))
    return f"event: {kind}\n{lines}\n"
