"""The section of `docs/performance.md` about the prediction server, from `docs/serving.json`."""

import json
from pathlib import Path
from typing import Any

from benchmarks import page
from benchmarks.verdict import figure

FIGURES = "serving.json"
REMARKS = Path(__file__).parents[1] / "serving_remarks.md"
_HEAD = ("Compared", "Threshold", "Measured", "Ours", "Other", "")
_WORDS = ("Compared", "")


def section(folder: Path) -> list[str]:
    """Return the section; nothing if the server was not measured."""
    file = folder / FIGURES
    if not file.is_file():
        return []
    found = json.loads(file.read_text(encoding="utf-8"))
    facts = found["facts"]
    text = f"""## The prediction server

`make benchmark-serving ARGS="--json docs/{FIGURES}"`, model of the {found["model"]}: the load comes from a process of
its own over loopback, and all share the {facts["cores"]} cores of this machine ({facts["cpu"]}); commit
`{facts["commit"]}`, {facts["date"]}. What is compared runs in turns of a few seconds; the ratio is the median of those
of the rounds. "In process" is a call of the same SavedModel as a function of TensorFlow from one thread, without JSON.

"""
    table = page.table(_HEAD, [_cells(line) for line in found["lines"]], words=_WORDS)
    return [text + table, REMARKS.read_text(encoding="utf-8")]


def _cells(line: dict[str, Any]) -> tuple[str, ...]:
    said = {True: "met", False: "not met", None: "not measured" if line["value"] is None else ""}[line["met"]]
    bound = "" if line["target"] is None else f"{'≥' if line['is_least'] else '≤'} {line['target']:g}"
    value = "" if line["value"] is None else figure(line["value"])
    return line["name"], bound, value, _absolute(line, "ours"), _absolute(line, "other"), said


def _absolute(line: dict[str, Any], whose: str) -> str:
    """Return a measurement with its unit; empty if there is none."""
    if line.get(whose) is None:
        return ""
    kind, value = line["measure"], line[whose]
    if kind == "per_second":
        return f"{value:,.0f}/s"
    return f"{value:.1f} s" if kind == "seconds" else f"{value * 1000:.1f} ms"
