"""The time of each kind of page: until its first byte, and until a browser has loaded all of it."""

import json
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

import httpx

from benchmarks.chromium import Browser
from benchmarks.dashboard.site import cpu_seconds
from penstock.config.config import Config
from penstock.core.errors import NodeError
from penstock.metadata import lineage
from penstock.registry.lists import Slice
from penstock.registry.opening import open_registry

_WARM = 3


@dataclass(frozen=True)
class Seconds:
    """Repeated measurements in seconds: median and 95th percentile by the clock, and the processor time of each.

    Attributes:
        median: The median.
        p95: The 95th percentile.
        cpu: The mean processor time of the dashboard.
        browser: The mean processor time of the browser; None without one.
    """

    median: float
    p95: float
    cpu: float
    browser: float | None = None

    @classmethod
    def of(cls, seconds: Sequence[float], cpu: float, browser: float | None = None) -> "Seconds":
        """Return the summary of measurements, from the processor time of all of them."""
        count, ordered = len(seconds), sorted(seconds)
        p95 = ordered[min(count - 1, int(0.95 * count))]
        return cls(
            round(statistics.median(ordered), 5),
            round(p95, 5),
            round(cpu / count, 5),
            None if browser is None else round(browser / count, 5),
        )


def paths(config: Config) -> dict[str, str]:
    """Return the address of each kind of page of a project, by its name."""
    runs = lineage.runs(config.store, limit=3)
    running, last = runs[0], runs[1]
    examples, statistics_of = last.output("Examples"), last.output("ExampleStatistics")
    if examples is None or statistics_of is None:
        raise NodeError(f"run {last.id}", "examples and statistics", "none", "make the project again")
    digest = json.loads(examples.properties["files"])[0]["sha256"]
    with open_registry(config) as registry:
        model = registry.model_named(config.project_name, config.model_name)
        one, other = registry.experiments(Slice(limit=2, newest=True), model_id=model.id).items
    here = {
        "runs": "runs",
        "runs, last part": "runs?page=20",
        "runs, filtered": "runs?state=pushed&q=version",
        "run": f"runs/{last.id}",
        "run in progress": f"runs/{running.id}",
        "node": f"runs/{last.id}/nodes/StatisticsGen",
        "report": f"runs/{last.id}/report",
        "data": "data",
        "column of numbers": "data/n000",
        "column of categories": "data/c002",
        "schema": "schema",
        "quarantine": "quarantine",
        "traffic": "traffic",
        "models": "models",
        "version": "models/2",
        "experiments": "experiments",
        "experiments, sorted": "experiments?sort=-metric.auc",
        "experiment": f"experiments/{quote(one.name)}",
        "comparison": f"compare?e={quote(one.name)}&e={quote(other.name)}",
        "versions for lineage": "lineage",
        "lineage of a version": f"lineage/{last.pushed_version}",
        "artifact": f"artifacts/{statistics_of.id}",
        "file": f"files/{digest}",
        "search": f"search?q={last.id[:8]}",
        "search of a column": "search?q=n000",
        "session": "session",
    }
    return {name: f"/p/{config.name}/{path}" for name, path in here.items()}


def first_bytes(url: str, pid: int, named: Mapping[str, str], repeats: int) -> dict[str, Seconds]:
    """Return the time from a request to the first byte of its answer, over one connection."""
    with httpx.Client(base_url=url, timeout=120) as client:
        return {name: _measured(partial(_first_byte, client, path), repeats, pid) for name, path in named.items()}


def complete(url: str, pid: int, named: Mapping[str, str], repeats: int, browser: Browser) -> dict[str, Seconds]:
    """Return the time from the start of a navigation to the end of the load event, with an empty cache."""
    with browser.tab() as tab:
        tab.without_cache()
        return {
            name: _measured(partial(tab.load, url + path), repeats, pid, browser.pid) for name, path in named.items()
        }


def lines(first: Mapping[str, Seconds], whole: Mapping[str, Seconds]) -> list[dict[str, Any]]:
    """Return the measurements as plain data, a line for each page."""
    return [
        {"page": name, "first_byte": asdict(first[name]), "complete": asdict(whole[name]) if name in whole else None}
        for name in first
    ]


def _measured(ask: Callable[[], float], repeats: int, pid: int, browser: int | None = None) -> Seconds:
    for _ in range(_WARM):
        ask()
    before = [cpu_seconds(each) for each in (pid, browser) if each is not None]
    seconds = [ask() for _ in range(repeats)]
    after = [cpu_seconds(each) for each in (pid, browser) if each is not None]
    return Seconds.of(seconds, *(late - early for early, late in zip(before, after, strict=True)))


def _first_byte(client: httpx.Client, path: str) -> float:
    began = time.perf_counter()
    with client.stream("GET", path) as answer:
        found = time.perf_counter() - began
        answer.read()
    if answer.status_code != httpx.codes.OK:
        raise NodeError(f"the page {path}", "status 200", f"{answer.status_code}", "open it in a browser")
    return found
