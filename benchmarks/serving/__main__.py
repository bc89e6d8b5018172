"""`python -m benchmarks.serving --model models/chicago-taxi`: the table of the prediction server's figures.

All processes share the cores of the machine, so the ratios are those of a busy machine.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.results import facts_of
from benchmarks.serving.calls import SIGNATURE
from benchmarks.serving.requests import rest_body, rows_of
from benchmarks.serving.rounds import lines, measure, newest_of
from benchmarks.serving.starting import started
from benchmarks.serving.swaps import swapped
from benchmarks.systems import PROJECT
from penstock.core.files import atomic_file


def main() -> int:
    """Measure and print the table; return 1 if a target is missed."""
    given = _arguments()
    rounds = measure(given.model, given.seconds, given.rounds)
    found = lines(rounds)
    one, hundred = _bodies(given.model)
    if given.starts:
        found.append(started(newest_of(given.model), one, given.starts))
    if given.swaps:
        found += swapped(newest_of(given.model), hundred, given.swaps, given.soak)
    for line in found:
        print(_shown(line))
    if given.json:
        _write(given.json, given.name, found)
    return 0 if all(line["met"] is not False for line in found) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="folder of the versions of a SavedModel")
    parser.add_argument("--seconds", type=float, default=3.0, help="how long each load of a round lasts")
    parser.add_argument("--rounds", type=int, default=5, help="rounds, of whose ratios the median is shown")
    parser.add_argument("--starts", type=int, default=5, help="starts of a server; 0 leaves this part out")
    parser.add_argument("--swaps", type=int, default=20, help="0 leaves this part out")
    parser.add_argument("--soak", type=float, default=600.0, help="seconds of the load with swaps")
    parser.add_argument("--name", default="taxi rides", help="what the model predicts, for the page")
    parser.add_argument("--json", type=Path, help="a file for the figures, such as docs/serving.json")
    return parser.parse_args()


def _bodies(versions: Path) -> tuple[bytes, bytes]:
    from penstock.server.models.servable import load

    signature = load(newest_of(versions), "m", 1).signatures[SIGNATURE]
    return rest_body(rows_of(signature, 1)), rest_body(rows_of(signature, 100))


def _shown(line: dict[str, Any]) -> str:
    word = {True: "met", False: "NOT MET", None: "skipped" if line["value"] is None else ""}[line["met"]]
    value = "" if line["value"] is None else f"{line['value']:.3f}"
    bound = "" if line["target"] is None else f"({'>=' if line['is_least'] else '<='} {line['target']:g})"
    return f"{word:8}{value:>8}  {bound:9} {line['name']}"


def _write(file: Path, name: str, found: list[dict[str, Any]]) -> None:
    values = {"facts": facts_of(PROJECT), "model": name, "lines": found}
    with atomic_file(file) as made:
        made.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
