"""The section of `docs/performance.md` about the dashboard, from `docs/dashboard.json`."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks import page
from benchmarks.verdict import HEAD, Verdict

FIGURES = "dashboard.json"
REMARKS = Path(__file__).parents[1] / "dashboard_remarks.md"
FIRST_BYTE, COMPLETE, VIEWER = 0.05, 0.3, 0.02
_HEAD = ("Page", "First byte, ms", "95 %", "CPU ms", "Complete, ms", "95 %", "CPU ms", "CPU ms of the browser")
_VIEWERS = ("Watched", "Viewers", "Events per second", "Of a core, each")
_WORDS = ("Page", "Target", "Watched", "")


def section(folder: Path) -> list[str]:
    """Return the section; nothing if the dashboard was not measured."""
    file = folder / FIGURES
    if not file.is_file():
        return []
    found = json.loads(file.read_text(encoding="utf-8"))
    facts, size = found["facts"], found["size"]
    text = f"""## The dashboard

`make benchmark-dashboard ARGS="--json docs/{FIGURES}"`: `penstock dashboard` of a project with {size["runs"]:,}
runs, one of them in progress, and a table of {size["columns"]} columns; commit `{facts["commit"]}`, {facts["date"]},
{facts["cores"]} cores ({facts["cpu"]}). Dashboard, requests and browser share the cores. Each page was asked for
{found["repeats"]} times after a warm-up, over loopback. The first byte is that of the answer to a request over an open
connection. Complete is the end of the load event in Chromium, which has an empty cache each time. The processor's time
is the mean of one request.

"""
    targets = page.table(_without_rows(HEAD), (_without_rows(each.cells) for each in verdicts(found)), words=_WORDS)
    pages = page.table(_HEAD, map(_cells, found["pages"]), words=_WORDS)
    about = "\nThe parts that move while a run is in progress, as server-sent events:\n\n"
    viewers = page.table(_VIEWERS, map(_viewer, found["viewers"]), words=_WORDS)
    return [f"{text}{targets}\n{pages}{about}{viewers}", REMARKS.read_text(encoding="utf-8")]


def verdicts(found: Mapping[str, Any]) -> list[Verdict]:
    """Return the targets: the slowest page by its 95th percentile, and the costliest viewer."""
    return [
        *_slowest(found["pages"], "first_byte", "first byte", FIRST_BYTE),
        *_slowest(found["pages"], "complete", "complete page", COMPLETE),
        *(
            Verdict(f"{each['viewers']} of `{each['page']}`: share of a core, each", None, each["share"], VIEWER)
            for each in found["viewers"]
        ),
    ]


def shown(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield the measurements as aligned lines."""
    for row in (_HEAD, *map(_cells, found["pages"])):
        yield row[0].ljust(24) + "".join(cell.rjust(22) if cell == _HEAD[-1] else cell.rjust(15) for cell in row[1:])
    for row in (_VIEWERS, *map(_viewer, found["viewers"])):
        yield row[0].ljust(24) + "".join(cell.rjust(20) for cell in row[1:])


def _without_rows(cells: tuple[str, ...]) -> tuple[str, ...]:
    return cells[0], *cells[2:]


def _slowest(pages: list[dict[str, Any]], key: str, words: str, bound: float) -> list[Verdict]:
    measured = [each for each in pages if each[key]]
    if not measured:
        return [Verdict(f"Slowest {words}, s", None, None, bound)]
    slowest = max(measured, key=lambda each: float(each[key]["p95"]))
    return [Verdict(f"Slowest {words}, s: {slowest['page']}", None, slowest[key]["p95"], bound)]


def _cells(line: Mapping[str, Any]) -> tuple[str, ...]:
    first, whole = line["first_byte"], line["complete"]
    cells = [_ms(first[name]) for name in ("median", "p95", "cpu")]
    names = ("median", "p95", "cpu", "browser")
    return line["page"], *cells, *(_ms(whole[name]) if whole else "" for name in names)


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.1f}"


def _viewer(line: Mapping[str, Any]) -> tuple[str, ...]:
    return line["page"], str(line["viewers"]), f"{line['events']:.2f}", f"{line['share']:.2%}"
