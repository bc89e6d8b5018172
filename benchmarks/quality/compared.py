"""`python -m benchmarks.quality.compared`: `auto` and AutoGluon within the same limits of processor time.

Each limit, split and table has a process of its own. Two run at a time by default: the limits are in processor time,
so that a busy machine takes nothing from either. Whether that holds for `auto` is measured with `--load 8 --resume`.
"""

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from threading import Lock
from typing import Any

from benchmarks.quality import busy, compared_page
from benchmarks.quality.autogluon import AUTOGLUON
from benchmarks.quality.environment import LOCK, PLACE, python_of
from benchmarks.quality.models import AUTO
from benchmarks.quality.process import Wanted, measured
from benchmarks.quality.tables import TABLES
from benchmarks.results import Results, facts_of, start
from benchmarks.systems import PROJECT
from penstock.core.errors import PenstockError

FOLDER = PROJECT / "state" / "benchmark-autogluon"
PACKAGES = ("tensorflow", "lightgbm", "scikit-learn", "numpy", "pyarrow")
LIMITS = (10.0, 60.0)
# Wall time of a process in limits of processor time: both models, on a busy machine, and what else there is to do.
_FACTOR, _REST = 20, 600


def main(words: Sequence[str]) -> int:
    """Measure what is missing, write the page; return 1 if a target is missed and `--check` is given."""
    given = parsed(words)
    try:
        python_of("AutoGluon", LOCK, PLACE)
        results = start(FOLDER / "results.json", facts_of(PROJECT, PACKAGES), resume=given.resume)
        _measure(results, given)
        missed = compared_page.publish(results, given.docs)
    except PenstockError as error:
        print(error, file=sys.stderr)
        return 1
    return 1 if missed and given.check else 0


def _measure(results: Results, given: argparse.Namespace) -> None:
    writing = Lock()

    def job(limit: float, split: int, table: str) -> None:
        models = (AUTO,) if given.load else (AUTO, AUTOGLUON)
        wanted = Wanted(table, models, [split], limit, _FACTOR * limit + _REST, given.kept)
        folder = FOLDER / f"{limit:g}" / f"{split}"
        folder.mkdir(parents=True, exist_ok=True)
        _, taken, entries = measured(wanted, folder, lock=None)
        with writing:
            if given.load:
                busy.note(results, limit, given.load, entries)
            else:
                results.measurements += [{**_short(entry), "limit": limit} for entry in entries]
            if taken.code:
                failed = results.parts.setdefault("failed", {})
                failed[f"{table}, {limit:g} s, split {split}"] = f"exit code {taken.code}"
            results.save()
            found = [f"exit code {taken.code}"]
            if entries:
                found = [f"load {given.load}" if given.load else compared_page.in_words(results, limit, table)]
            print(f"{limit:4g} s  split {split}  {table:14} {taken.seconds:6.1f} s  {', '.join(found)}", flush=True)

    def is_left(limit: float, split: int, table: str) -> bool:
        if given.load:
            return not busy.has(results, limit, given.load, table, split)
        return not results.find(table=table, limit=limit, repeat=split)

    with busy.processes(given.load), ThreadPoolExecutor(given.at_once) as pool:
        wanted = [each for each in product(given.limits, given.splits, given.tables) if is_left(*each)]
        for done in [pool.submit(job, *each) for each in wanted]:
            done.result()


def _short(entry: dict[str, Any]) -> dict[str, Any]:
    """Return an entry without the report of the training, which is long."""
    return {key: value for key, value in entry.items() if key != "report"}


def parsed(words: Sequence[str]) -> argparse.Namespace:
    """Return the arguments."""
    parser = argparse.ArgumentParser("python -m benchmarks.quality.compared", description="Compare with AutoGluon.")
    parser.add_argument("--tables", nargs="+", choices=list(TABLES), default=list(TABLES), help="by default all")
    seconds = " ".join(f"{limit:g}" for limit in LIMITS)
    parser.add_argument("--limits", nargs="+", type=float, default=LIMITS, metavar="S", help=f"by default {seconds}")
    splits = "splits of each table; by default the first, 1"
    parser.add_argument("--splits", nargs="+", type=int, default=[1], metavar="N", help=splits)
    parser.add_argument("--at-once", type=int, default=2, metavar="N", help="processes at a time")
    parser.add_argument("--load", type=int, default=0, metavar="N", help="`auto` alone, next to N busy processes")
    parser.add_argument("--kept", type=Path, metavar="DIR", help="keeps what AutoGluon answers, for other code of ours")
    parser.add_argument("--resume", action="store_true", help="continue with the results of the last benchmark")
    parser.add_argument("--docs", type=Path, default=PROJECT / "docs", metavar="DIR", help="takes page and figures")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a target is missed or a model failed")
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
