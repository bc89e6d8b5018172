"""A plugin that prints what files and tests cost: `make fast ARGS="-p tests.costs -n 0"`.

Processor time says what a test costs on a busy machine too. A test that takes long without it waits.
"""

import resource
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator

import pytest

# So many lines, of at least so many seconds.
SHOWN, LEAST = 30, 0.1
_COSTS: dict[str, tuple[float, float]] = {}


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
        _COSTS[item.nodeid] = (processor_seconds() - processor, time.perf_counter() - started)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the files and the tests that took the most processor time, and the tests that waited longest."""
    waits = {name: passed - used for name, (used, passed) in _COSTS.items()}
    used = {name: used for name, (used, _) in _COSTS.items()}
    tables = {"files by processor time": by_file(used), "tests by processor time": used, "tests by waiting": waits}
    for title, seconds in tables.items():
        terminalreporter.section(title)
        for name, each in Counter(seconds).most_common(SHOWN):
            if each >= LEAST:
                terminalreporter.line(f"{each:8.2f} s  {name}")


def by_file(seconds: dict[str, float]) -> dict[str, float]:
    """Return the sum of each file."""
    sums: dict[str, float] = defaultdict(float)
    for name, each in seconds.items():
        sums[name.partition("::")[0]] += each
    return sums
