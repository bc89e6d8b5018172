"""Full load while versions are swapped: failed requests, memory, and how slow requests are during a swap."""

import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.serving.server import Server, begun, finished, load_of, served

# A swap takes the time from the new version's appearance until this long after it is served: the old one is freed.
_AFTER_SECONDS = 2.0
CLIENTS = 16
GROWTH, SLOWER = 0.03, 2.0


def swapped(version: Path, body: bytes, swaps: int, seconds: float) -> list[dict[str, Any]]:
    """Return the lines of the table."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "m"
        shutil.copytree(version, folder / "1")
        with served(folder) as server:
            began = time.time()
            load = begun(load_of(f"{server.rest}:predict", body, CLIENTS, seconds, warm=0.0, keep=True))
            periods: list[tuple[float, float]] = []
            memory: list[tuple[float, int]] = []
            for number in range(2, swaps + 2):
                _wait(began + seconds * (number - 1) / (swaps + 1), server, memory)
                periods.append(_swap(server, version, folder, number))
            _wait(began + seconds, server, memory)
            found = finished(load)
    return lines(f"{seconds:.0f} s at full load, {swaps} swaps", found, periods, memory)


def _swap(server: Server, version: Path, folder: Path, number: int) -> tuple[float, float]:
    """Put a version into the folder, and return from when until when it replaced the one before."""
    shutil.copytree(version, folder / ".staging")
    begin = time.time()
    (folder / ".staging").rename(folder / str(number))
    while not server.has(number):
        time.sleep(0.1)
    time.sleep(_AFTER_SECONDS)
    shutil.rmtree(folder / str(number - 1))
    return begin, time.time()


def _wait(until: float, server: Server, memory: list[tuple[float, int]]) -> None:
    while time.time() < until:
        memory.append((time.time(), server.memory()))
        time.sleep(min(1.0, max(0.0, until - time.time())))


def lines(
    name: str, found: dict[str, Any], periods: Sequence[tuple[float, float]], memory: Sequence[tuple[float, int]]
) -> list[dict[str, Any]]:
    """Return the lines of the table.

    Args:
        name: What was done.
        found: What the load measured, with each answer.
        periods: When versions were swapped.
        memory: Moments, and the bytes of the server then.
    """
    during, else_ = _split(found["answers"], periods)
    slower = percentile(during) / percentile(else_)
    growth = grown(memory)
    count = f"{found['requests']:,} requests"
    return [
        _line(f"{name}: failed requests of {count}", found["failed"], 0),
        _line(f"{name}: growth of memory after the first minute", growth, GROWTH),
        {
            **_line(f"{name}: 99th percentile during a swap / else", slower, SLOWER),
            **{"ours": percentile(during), "other": percentile(else_), "measure": "p99"},
        },
    ]


def grown(memory: Sequence[tuple[float, int]], first: float = 60.0) -> float:
    """Return by which share the memory has grown, from the minute after the first one to the last minute.

    A loaded version takes memory twice during a swap, so that medians are compared.
    """
    begin, end = memory[0][0], memory[-1][0]
    first = min(first, (end - begin) / 4)
    early = sorted(size for moment, size in memory if begin + first <= moment <= begin + 2 * first)
    late = sorted(size for moment, size in memory if moment >= end - first)
    return late[len(late) // 2] / early[len(early) // 2] - 1


def percentile(seconds: Sequence[float]) -> float:
    """Return the 99th percentile."""
    return sorted(seconds)[int(len(seconds) * 0.99)]


def _split(
    answers: Sequence[tuple[float, float]], periods: Sequence[tuple[float, float]]
) -> tuple[list[float], list[float]]:
    """Return the seconds of the requests that were sent or answered during a swap, and those of the others."""
    during: list[float] = []
    else_: list[float] = []
    for sent, seconds in answers:
        is_during = any(sent <= end and sent + seconds >= begin for begin, end in periods)
        (during if is_during else else_).append(seconds)
    return during, else_


def _line(name: str, value: float, bound: float) -> dict[str, Any]:
    return {"name": name, "target": bound, "is_least": False, "value": value, "met": value <= bound}
