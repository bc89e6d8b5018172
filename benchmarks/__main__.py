"""`python -m benchmarks`: measure, store the results, write the page."""

import argparse
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import report, stacks
from benchmarks.imports import measure_imports
from benchmarks.measuring import Command, exclusive, measure, plain_environment
from benchmarks.pipelines import measure_repeat
from benchmarks.results import Results, facts_of, start
from benchmarks.rows import write_rows
from benchmarks.startup import measure_startup
from benchmarks.summary import profiled
from benchmarks.systems import PROJECT
from penstock.core.errors import PenstockError

BUNDLED = PROJECT / "data" / "taxi" / "trips.csv"
FOLDER = PROJECT / "state" / "benchmark"
SIZES, REPEATS, MINUTES = (15_002, 150_020), 3, 18.0
# Warm start: imports both systems, so that no measured run reads them from a cold disk or compiles them.
_WARM = "from tfx import v1; import keras, duckdb; import tensorflow_model_analysis"


def main(words: Sequence[str]) -> int:
    """Run the benchmark; return the exit code."""
    arguments = parsed(words)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        results = start(FOLDER / "results.json", facts_of(PROJECT), resume=arguments.resume)
        _measure(results, arguments)
        missed = report.publish(results, PROJECT / "docs")
    except PenstockError as error:
        _print("\n  ".join([str(error), *error.details]))
        return 1
    except KeyboardInterrupt:
        _print("Stopped; the measurements are stored, and `make benchmark RESUME=1` continues.")
        return 1
    return 1 if missed and arguments.check else 0


def _measure(results: Results, arguments: argparse.Namespace) -> None:
    began = time.monotonic()
    tables = {count: FOLDER / f"{count}.csv" for count in arguments.sizes}
    for count, table in tables.items():
        if not (arguments.resume and table.is_file()):
            write_rows(BUNDLED, table, count)
    quiet = FOLDER / "warm.log"
    with exclusive(arguments.lock):
        measure(Command([sys.executable, "-c", _WARM], FOLDER, plain_environment(), quiet, quiet))
    if stacks.others():
        stacks.prepare(arguments.lock)
    else:
        _print(stacks.SKIPPED)
    _measure_parts(results, tables, arguments)
    took: dict[int, float] = {}
    for repeat in range(1, arguments.repeats + 1):
        for count, table in tables.items():
            if not fits(arguments.minutes, time.monotonic() - began + took.get(count, 0)):
                _print(f"Left out because of a lack of time: repeat {repeat} at {count:,} rows.")
                continue
            clock = time.monotonic()
            measure_repeat(results, table, (count, repeat), lock=arguments.lock, log=_print)
            took[count] = time.monotonic() - clock


def _measure_parts(results: Results, tables: dict[int, Path], arguments: argparse.Namespace) -> None:
    if arguments.only_pipelines:
        return
    if "startup" not in results.parts:
        results.parts["startup"] = measure_startup(min(tables.items())[1], lock=arguments.lock)
        results.save()
    if "imports" not in results.parts:
        results.parts["imports"] = measure_imports(tables[profiled(tables)], lock=arguments.lock)
        results.save()
    if "stacks" not in results.parts and stacks.others():
        results.parts["stacks"] = stacks.measure_imports(arguments.lock)
        results.save()


def fits(minutes: float | None, seconds: float) -> bool:
    """Return whether a measurement that ends after so many seconds is within the limit."""
    return minutes is None or seconds <= minutes * 60


def parsed(words: Sequence[str]) -> argparse.Namespace:
    """Return the arguments, with sizes, repeats and minutes filled in."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks", description="Measure Penstock against upstream's template."
    )
    parser.add_argument("--sizes", type=int, nargs="+", metavar="N", help=f"numbers of rows, by default {SIZES}")
    parser.add_argument(
        "--repeats", type=int, metavar="N", help=f"repetitions of each system at each size, by default {REPEATS}"
    )
    limit = f"start nothing that would end later; by default {MINUTES:g} if neither sizes nor repeats are given"
    parser.add_argument("--minutes", type=float, metavar="N", help=limit)
    parser.add_argument("--resume", action="store_true", help="continue with the results of the last benchmark")
    parser.add_argument("--only-pipelines", action="store_true", help="leave start-up and imports out")
    parser.add_argument("--lock", type=Path, metavar="FILE", help="take this file's lock while something is measured")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a target is missed")
    arguments = parser.parse_args(words)
    if arguments.minutes is None and not arguments.sizes and not arguments.repeats:
        arguments.minutes = MINUTES
    arguments.sizes = sorted(set(arguments.sizes or SIZES))
    arguments.repeats = arguments.repeats or REPEATS
    return arguments


def _print(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
