"""`python -m benchmarks.quality`: measure each table in a separate process, store the results, write the page."""

import argparse
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.quality import parts, report
from benchmarks.quality.autogluon import AUTOGLUON
from benchmarks.quality.models import families
from benchmarks.quality.process import Wanted, measured
from benchmarks.quality.tables import TABLES
from benchmarks.results import Results, facts_of, start
from benchmarks.systems import PROJECT
from penstock.core.errors import PenstockError

FOLDER = PROJECT / "state" / "benchmark-quality"
PACKAGES = ("tfx", "tensorflow", "keras", "lightgbm", "scikit-learn", "numpy", "pyarrow", "duckdb")
MINUTES, REPEATS = 45.0, 3
# A bound on a figure itself needs more splits than a comparison on the same rows: on the taxi rows the AUC of one split
# is half a hundredth from that of another.
SPLITS = {"taxi": 5}
SHORTEST_LIMIT, LONGEST_LIMIT, ROWS_PER_SECOND = 13, 60, 400


def main(words: Sequence[str]) -> int:
    """Run the benchmark; return the exit code."""
    arguments = parsed(words)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        facts = facts_of(PROJECT, PACKAGES)
        results = start(FOLDER / "results.json", facts, resume=arguments.resume)
        _measure(results, arguments)
        missed = report.publish(results, arguments.docs)
    except PenstockError as error:
        _print("\n  ".join([str(error), *error.details]))
        return 1
    except KeyboardInterrupt:
        _print("Stopped; the measurements are stored, and `make benchmark-quality RESUME=1` continues.")
        return 1
    return 1 if missed and arguments.check else 0


def _measure(results: Results, arguments: argparse.Namespace) -> None:
    began = time.monotonic()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for part, measure in parts.measurements().items():
        if part in arguments.without or part in results.parts:
            continue
        results.parts[part] = measure(FOLDER, arguments.lock)
        results.save()
        _print(f"{part:14} {results.parts[part]}")
    for name in arguments.tables:
        left = arguments.minutes * 60 - (time.monotonic() - began)
        failed = results.parts.setdefault("failed", {})
        if results.find(table=name) and name not in failed:
            continue
        if left > 0:
            _measure_table(results, name, arguments, left)
        else:
            failed[name] = "left out because of a lack of time"
            results.save()
            _print(f"{name:14} {failed[name]}")


def _measure_table(results: Results, name: str, arguments: argparse.Namespace, seconds: float) -> None:
    table = TABLES[name]()
    results.parts.setdefault("about", {})[name] = table.about
    repeats = arguments.repeats or SPLITS.get(name, REPEATS)
    limit = arguments.time_limit or time_limit(table.rows.num_rows)
    wanted = Wanted(name, arguments.families, range(1, repeats + 1), limit, seconds)
    command, taken, entries = measured(wanted, FOLDER, lock=arguments.lock)
    results.measurements = [entry for entry in results.measurements if entry["table"] != name] + entries
    results.parts.setdefault("processes", {})[name] = asdict(taken)
    failed = results.parts["failed"]
    failed.pop(name, None)
    if taken.code:
        failed[name] = f"exit code {taken.code} after {taken.seconds:.0f} s: {_last_line(command.log)}"
    results.save()
    scored = ", ".join(f"{entry['model']} {_score(entry)}" for entry in entries if entry["repeat"] == 1)
    _print(f"{name:14} {taken.seconds:6.1f} s  {scored or failed.get(name, '')}")


def _last_line(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines()]
    return next((line[:300] for line in reversed(lines) if line), "nothing was said")


def _score(entry: dict[str, object]) -> str:
    scores = entry.get("scores")
    return f"{next(iter(scores.values())):.4f}" if isinstance(scores, dict) else "failed"


def time_limit(rows: int) -> int:
    """Return the seconds that `auto` may take on a table of so many rows."""
    return min(LONGEST_LIMIT, SHORTEST_LIMIT + rows // ROWS_PER_SECOND)


def parsed(words: Sequence[str]) -> argparse.Namespace:
    """Return the arguments."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks.quality", description="Measure Penstock's models against scikit-learn's."
    )
    parser.add_argument("--tables", nargs="+", choices=list(TABLES), default=list(TABLES), help="by default all")
    parser.add_argument(
        "--families",
        nargs="+",
        choices=[*families(), AUTOGLUON],
        default=[*families(), AUTOGLUON],
        help="by default all",
    )
    more = "".join(f", of {name} {count}" for name, count in SPLITS.items())
    parser.add_argument("--repeats", type=int, metavar="N", help=f"splits; by default {REPEATS}{more}")
    parser.add_argument("--time-limit", type=float, metavar="S", help="seconds for `auto`; by default by rows")
    limit = f"begin nothing later; by default {MINUTES:g}"
    parser.add_argument("--minutes", type=float, default=MINUTES, metavar="N", help=limit)
    parser.add_argument("--resume", action="store_true", help="continue with the results of the last benchmark")
    parser.add_argument(
        "--without", nargs="+", choices=list(parts.measurements()), default=[], help="parts to leave out"
    )
    parser.add_argument("--lock", type=Path, metavar="FILE", help="take this file's lock while something is measured")
    parser.add_argument("--docs", type=Path, default=PROJECT / "docs", metavar="DIR", help="takes page and figures")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a target is missed or a model failed")
    return parser.parse_args(words)


def _print(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
