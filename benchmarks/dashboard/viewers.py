"""What each viewer of a run in progress costs the process of the dashboard."""

import threading
import time
from typing import Any

import httpx

from benchmarks.dashboard import project
from benchmarks.dashboard.site import cpu_seconds
from penstock.config.config import Config
from penstock.core.errors import NodeError

# A run writes to the store when a node starts and ends.
_TOUCH_SECONDS = 5.0
_WARM_SECONDS = 3.0


def share(config: Config, url: str, pid: int, viewers: int, seconds: float) -> dict[str, Any]:
    """Return the processor seconds of the dashboard per second and viewer, and the number of events that came.

    Args:
        config: The configuration of the project, whose store is written to meanwhile.
        url: The address of what changes on a page.
        pid: The dashboard's process.
        viewers: How many connections.
        seconds: For how long.

    Raises:
        NodeError: A viewer got no event.
    """
    counts, done = [0] * viewers, threading.Event()
    threads = [threading.Thread(target=_view, args=(url, counts, place, done)) for place in range(viewers)]
    threads.append(threading.Thread(target=_write, args=(config, done)))
    for thread in threads:
        thread.start()
    try:
        time.sleep(_WARM_SECONDS)
        before, began, seen = cpu_seconds(pid), time.perf_counter(), sum(counts)
        time.sleep(seconds)
        used, took, events = cpu_seconds(pid) - before, time.perf_counter() - began, sum(counts) - seen
    finally:
        done.set()
        for thread in threads:
            thread.join()
    if not all(counts):
        raise NodeError(url, "events for each viewer", f"{counts}", "open the page in a browser")
    return {"viewers": viewers, "share": round(used / took / viewers, 5), "events": round(events / took / viewers, 3)}


def _view(url: str, counts: list[int], place: int, done: threading.Event) -> None:
    with httpx.stream("GET", url, timeout=60) as answer:
        for line in answer.iter_lines():
            counts[place] += line.startswith("event: part")
            if done.is_set():
                return


def _write(config: Config, done: threading.Event) -> None:
    while not done.wait(_TOUCH_SECONDS):
        project.touch(config)
