"""A process that measures all models on one table: `python -m benchmarks.quality.worker --table NAME ...`.

It writes a line of JSON per model, so that finished measurements survive a later failure.
"""

import argparse
import faulthandler
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.quality.autogluon import AUTOGLUON
from benchmarks.quality.models import Asked, families, measured
from benchmarks.quality.tables import EVERY
from penstock.core import marked_folders
from pipeline.plan import prepare_imports

# A process that hangs is ended so long after the time limit.
GRACE_SECONDS = 180.0


def main(words: Sequence[str]) -> None:
    """Measure one table, split by split, within the time limit."""
    arguments = parsed(words)
    began = time.monotonic()
    faulthandler.dump_traceback_later(arguments.seconds + GRACE_SECONDS, exit=True)
    prepare_imports()
    table = EVERY[arguments.table]()
    with arguments.output.open("w", encoding="utf-8") as output:
        for repeat in arguments.splits:
            before = time.monotonic()
            folder = arguments.folder / f"{table.name}-{repeat}"
            marked_folders.recreate(folder)
            asked = Asked(arguments.families, arguments.time_limit, arguments.kept)
            for entry in measured(table, folder, repeat=repeat, asked=asked):
                output.write(json.dumps(entry) + "\n")
                output.flush()
            marked_folders.remove(folder)
            if time.monotonic() - began + (time.monotonic() - before) > arguments.seconds:
                break


def parsed(words: Sequence[str]) -> argparse.Namespace:
    """Return the arguments."""
    parser = argparse.ArgumentParser("python -m benchmarks.quality.worker", description="Measure one table.")
    parser.add_argument("--table", required=True, choices=list(EVERY), help="the table")
    parser.add_argument(
        "--families",
        nargs="*",
        default=[*families(), AUTOGLUON],
        choices=[*families(), AUTOGLUON],
        help="by default all",
    )
    parser.add_argument(
        "--splits", nargs="+", type=int, default=[1], metavar="N", help="the first one is 1, the default"
    )
    parser.add_argument("--time-limit", type=float, default=10.0, metavar="S", help="seconds for `auto`, per split")
    parser.add_argument("--seconds", type=float, default=600.0, metavar="S", help="begin no split that would end later")
    parser.add_argument("--folder", type=Path, required=True, metavar="DIR", help="for what is made on the way")
    parser.add_argument(
        "--kept", type=Path, metavar="DIR", help="keeps what AutoGluon answers, by default nothing does"
    )
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="takes the lines")
    return parser.parse_args(words)


if __name__ == "__main__":
    main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    # TensorFlow's threads may not survive an orderly end; the figures are on the disk.
    os._exit(0)
