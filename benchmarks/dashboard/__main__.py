"""`python -m benchmarks.dashboard --json docs/dashboard.json`: how fast the pages of the dashboard are.

A project with a thousand runs and a table of a hundred columns is made in `state/benchmark/dashboard`, which takes two
real runs. The dashboard is a process of its own; requests and a browser reach it over loopback.
"""

import argparse
import json
import sys
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.chromium import chromium
from benchmarks.dashboard import pages, project, report, traffic, viewers
from benchmarks.dashboard.project import Size
from benchmarks.dashboard.site import started
from benchmarks.results import facts_of
from benchmarks.systems import PROJECT
from benchmarks.verdict import print_verdicts
from penstock.config.loading import load
from penstock.core.files import atomic_file
from penstock.integrity.run_locks import hold_lock, remove_lock

FOLDER = PROJECT / "state" / "benchmark" / "dashboard"


def main() -> int:
    """Measure and print the targets; return 1 if one is missed."""
    given = _arguments()
    size = Size(given.runs, given.columns)
    config = load(FOLDER / "pipeline.toml", environment={}) if given.again else project.build(FOLDER, size)
    named = pages.paths(config)
    run = named["run in progress"].rpartition("/")[2]
    found: dict[str, Any] = {"facts": facts_of(PROJECT), "size": asdict(size), "repeats": given.repeats}
    remove_lock(config, run)  # of a benchmark that was killed
    with ExitStack() as stack:
        stack.enter_context(hold_lock(config, run))
        if given.traffic:
            metrics = stack.enter_context(traffic.serving(FOLDER, size.columns, given.traffic))
            (FOLDER / "pipeline.toml").write_text(project.configuration(size, metrics), encoding="utf-8")
        process, url = stack.enter_context(started(FOLDER))
        first = pages.first_bytes(url, process.pid, named, given.repeats)
        whole = {}
        if given.chromium:
            with chromium(given.chromium) as browser:
                whole = pages.complete(url, process.pid, named, given.repeats, browser)
        found["pages"] = pages.lines(first, whole)
        found["viewers"] = [
            {"page": page, **viewers.share(config, f"{url}{named[page]}/live", process.pid, count, given.seconds)}
            for page in ("run in progress", "runs")
            for count in given.viewers
        ]
    for line in report.shown(found):
        print(line)
    if given.json:
        with atomic_file(given.json) as made:
            made.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 1 if print_verdicts(report.verdicts(found)) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--runs", type=int, default=Size.runs, help="runs of the project, half of each of two real ones"
    )
    parser.add_argument("--columns", type=int, default=Size.columns, help="columns of the table, the label included")
    parser.add_argument("--repeats", type=int, default=20, help="how often each page is measured, after a warm-up")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long viewers are measured")
    parser.add_argument("--viewers", type=int, nargs="*", default=[1, 10], help="numbers of viewers at the same time")
    parser.add_argument(
        "--traffic", type=float, default=10.0, help="for how long a server is asked before; 0 for no server"
    )
    parser.add_argument("--chromium", default="/usr/bin/chromium", help="the program; '' leaves complete pages out")
    parser.add_argument("--again", action="store_true", help="use the project that an earlier benchmark has made")
    parser.add_argument("--json", type=Path, help="a file for the figures, such as docs/dashboard.json")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
