"""A plugin that prints what files and tests cost: `make test ARGS="-p tests.costs"`.

Processor time says what a test costs on a busy machine too. A test that takes long without it waits. What a process of
pytest-xdist uses outside of tests, mostly to import and collect all of them, is a line of its own.
"""

import resource
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

# So many lines, of at least so many seconds.
SHOWN, LEAST = 30, 0.1


class Cost(NamedTuple):
    """What a test cost: seconds of the processor, seconds that passed, and its end in seconds since 1970."""

    used: float
    passed: float
    ended: float


_COSTS: dict[str, Cost] = {}
_REST: dict[str, float] = {}


def processor_seconds() -> float:
    """Return the processor time of this process, of the ended ones that it started, and of calls of the command."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    forked = sys.modules.get("tests.pipeline.cli.forked")
    return sum(each.ru_utime + each.ru_stime for each in used) + (forked.Forked.used if forked else 0)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Note the processor time and the time of a test, with its fixtures."""
    processor, started = processor_seconds(), time.perf_counter()
    try:
        return (yield)
    finally:
        _COSTS[item.nodeid] = Cost(processor_seconds() - processor, time.perf_counter() - started, time.time())


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Send the costs to the process that prints them; with pytest-xdist it has no tests, and the others have ended."""
    rest = processor_seconds() - sum(cost.used for cost in _COSTS.values()) - sum(_REST.values())
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["costs"] = [{name: tuple(cost) for name, cost in _COSTS.items()}, rest]
    else:
        _REST["outside of tests in this process"] = rest


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take the costs of a process of pytest-xdist; one that was killed sends none."""
    if found := getattr(node, "workeroutput", {}).get("costs"):
        _COSTS.update((name, Cost(*cost)) for name, cost in found[0].items())
        _REST[f"outside of tests in {node.gateway.id}"] = found[1]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the files and the tests with the most processor time, those that waited longest, and the last files."""
    used = {name: cost.used for name, cost in _COSTS.items()}
    waits = {name: cost.passed - cost.used for name, cost in _COSTS.items()}
    tables = {
        "files by processor time": by_file(used) | _REST,
        "tests by processor time": used,
        "files by waiting": by_file(waits),
        "tests by waiting": waits,
    }
    for title, seconds in tables.items():
        terminalreporter.section(f"{title}, {sum(seconds.values()):.0f} s")
        for name, each in Counter(seconds).most_common(SHOWN):
            if each >= LEAST:
                terminalreporter.line(f"{each:8.2f} s  {name}")
    terminalreporter.section("last files, and how long before the end of the last test they ended")
    ends = {
        name.partition("::")[0]: cost.ended for name, cost in sorted(_COSTS.items(), key=lambda each: each[1].ended)
    }
    for name in list(ends)[-SHOWN // 3 :]:
        terminalreporter.line(f"{max(ends.values()) - ends[name]:8.2f} s  {name}")


def by_file(seconds: dict[str, float]) -> dict[str, float]:
    """Return the sum of each file."""
    sums: dict[str, float] = defaultdict(float)
    for name, each in seconds.items():
        sums[name.partition("::")[0]] += each
    return dict(sums)
