"""The page `docs/performance.md`, its plot and its results file, made from the results of a benchmark.

`python -m benchmarks.report` makes them again from the stored results, after an edit of `benchmarks/remarks.md`.
"""

import shutil
from collections.abc import Iterable
from pathlib import Path

from benchmarks import page, plot, profile, stacks, startup
from benchmarks.dashboard import report as dashboard
from benchmarks.results import Results, read
from benchmarks.serving import report as serving
from benchmarks.summary import FIRST, SECOND, Medians, medians, profiled, sizes, verdicts
from benchmarks.systems import PENSTOCK, PROJECT, UPSTREAM
from benchmarks.verdict import HEAD, figure, print_verdicts

PAGE, PICTURE, FIGURES = "performance.md", "performance.svg", "performance.json"
REMARKS = Path(__file__).with_name("remarks.md")
_RUNS = {FIRST: "first", SECOND: "second, unchanged"}
_MOST_PACKAGES = 8
# Columns of words; those of figures end at the right.
_WORDS = ("", "Target", "Run", "System", "Node", "Command", "Part", "In", "Packages")


def publish(results: Results, folder: Path) -> int:
    """Write page, plot and results into a folder, print the targets, return how many are missed."""
    text = render(results, REMARKS.read_text(encoding="utf-8"), [*serving.section(folder), *dashboard.section(folder)])
    plot.draw(results, folder / PICTURE)
    if results.file != folder / FIGURES:
        shutil.copy(results.file, folder / FIGURES)
    page.write(text, folder / PAGE)
    return print_verdicts(verdicts(results))


def render(results: Results, remarks: str, others: Iterable[str] = ()) -> str:
    """Return the page; `others` are the sections about what is measured separately: the two servers."""
    measured = sizes(results)
    sections = [
        _opening(results),
        "## Targets\n\n" + _table(HEAD, (verdict.cells for verdict in verdicts(results))),
        "## The whole process\n\n" + _whole(results, measured),
        "## Each node of a first run\n\n" + _nodes(results, measured),
        f"![Seconds by rows, of the whole process and of five nodes]({PICTURE})\n",
        *_stacks(results),
        *_startup(results),
        *_profile(results, measured),
        remarks,
        *others,
    ]
    return page.joined(sections)


def _opening(results: Results) -> str:
    facts = results.facts
    return f"""# Performance

Time, memory and AUC, compared with the taxi template of TFX. `make benchmark` writes this page and `docs/{FIGURES}`;
the text below the figures comes from `benchmarks/remarks.md`.

## Method

- **Penstock** {facts["penstock"]}, commit `{facts["commit"]}`: `penstock run --json`, with the project's
  `pipeline.toml`.
- **Upstream**: the taxi template of the installed tfx package, each component and the cache switched on, run by its
  `local_runner.py`. Its trainer takes 1,000 steps of 40 rows, whatever the size; Penstock's sees every row.
- **Rows**: the 15,002 bundled ones. Larger tables repeat them, with fares and tips, distances and durations changed by
  up to 2 % and times by up to seven minutes, from a seed; no label changes. So a ride has similar rides in both
  splits, and the AUC of the larger tables is too optimistic.
- **Order**: upstream, then Penstock, repeat by repeat; each in a new process, the first run with empty output, the
  second immediately after it with nothing changed. Both got the same few environment variables, and both stacks had
  been imported once before.
- **Time** is that of the whole process, measured from outside. **Peak RSS** is the sum over its process tree, sampled
  every 50 ms; pages that two processes share count twice. A **node's** time is what the metadata store says, for both
  systems.
- **AUC** is that of each system on its own eval split; upstream's pushed model scores at most 50,000 rows of it.
{page.machine(facts)}"""


def _whole(results: Results, measured: Iterable[int]) -> str:
    head = ("Rows", "Run", "System", "Repeats", "Seconds", "Least to most", "CPU s", "Rows per s", "Peak RSS", "AUC")
    lines = []
    for rows in measured:
        for run, words in _RUNS.items():
            for system in (UPSTREAM, PENSTOCK):
                of = medians(results, system, rows, run)
                if of:
                    lines.append((f"{rows:,}", words, system, *_of(of, rows)))
    upstream = next((of for rows in measured if (of := medians(results, UPSTREAM, rows, SECOND))), None)
    again = f"\nIn upstream's second run these were not cached: {', '.join(upstream.ran)}.\n" if upstream else ""
    return _table(head, lines) + again


def _of(of: Medians, rows: int) -> tuple[str, ...]:
    least, most = of.spread
    auc = "" if of.auc is None else f"{of.auc:.4f}"
    spread, memory = f"{least:.1f} to {most:.1f}", f"{of.peak_rss / 1e9:.2f} GB"
    return (
        str(of.repeats),
        f"{of.seconds:.1f}",
        spread,
        f"{of.cpu_seconds:.1f}",
        f"{rows / of.seconds:,.0f}",
        memory,
        auc,
    )


def _nodes(results: Results, measured: list[int]) -> str:
    """Return a table of the nodes: seconds of both systems and rows per second of Penstock, by size."""
    pairs = {rows: tuple(medians(results, system, rows, FIRST) for system in (UPSTREAM, PENSTOCK)) for rows in measured}
    names = list(dict.fromkeys(name for pair in pairs.values() for of in reversed(pair) if of for name in of.nodes))
    head = ("Rows", "Node", "upstream s", "penstock s", "upstream / penstock", "penstock rows per s")
    lines = []
    for rows, (upstream, penstock) in pairs.items():
        for name in names:
            theirs, ours = (of.nodes.get(name) if of else None for of in (upstream, penstock))
            if max(theirs or 0, ours or 0) < profile.SHORT:
                continue
            ratio = figure(theirs / ours) if theirs and ours else ""
            speed = f"{rows / ours:,.0f}" if ours else ""
            lines.append((f"{rows:,}", name, *("" if s is None else f"{s:.2f}" for s in (theirs, ours)), ratio, speed))
    return f"Nodes of less than {profile.SHORT:g} s in both systems are left out.\n\n" + _table(head, lines)


def _stacks(results: Results) -> list[str]:
    lines = stacks.lines(results)
    if not lines:
        return []
    text = "## TFX 1.21 and TFX 1.16\n\nPenstock on both [stacks](platforms.md): that of the tables above, and TFX 1.21"
    text += "\nin a Debian 13 on the same machine, in turns. Medians; a ratio above 1 is worse for TFX 1.21.\n\n"
    imports = [stacks.imports(results.parts["stacks"])] if "stacks" in results.parts else []
    return [text + _table(stacks.HEAD, lines), *imports]


def _startup(results: Results) -> list[str]:
    if "startup" not in results.parts:
        return []
    shares = startup.shares(results.parts["startup"])
    lines = [(startup.label(name), f"{seconds:.3f}", f"{share:.1%}") for name, (seconds, share) in shares.items()]
    text = "## Start-up\n\nMedians of five repetitions after a warm-up; the commands alternate.\n\n"
    return [text + _table(("Command", "Seconds", f"Of {startup.label(startup.TENSORFLOW)}"), lines)]


def _profile(results: Results, measured: list[int]) -> list[str]:
    entry = profile.typical(results, profiled(measured)) if measured else None
    if entry is None:
        return []
    lines = [(name, f"{seconds:.2f}", f"{seconds / entry['seconds']:.0%}") for name, seconds in profile.parts(entry)]
    lines.append(("**the whole run**", f"**{entry['seconds']:.2f}**", "**100%**"))
    text = f"## What a first run at {entry['rows']:,} rows is made of\n\n"
    text += "The run nearest to the median, by the clock and the metadata store. "
    text += f"It kept {entry['cpu_seconds'] / entry['seconds']:.2f} cores busy.\n\n"
    return [text + _table(("Part", "Seconds", "Share"), lines), *_imports(results)]


def _imports(results: Results) -> list[str]:
    found: dict[str, dict[str, float]] = results.parts.get("imports", {})
    if not found:
        return []
    text = "The imports in it, each package without what it imports in turn, from another run in which Python timed"
    text += "\nthem (`-X importtime`, which itself takes time):\n\n"
    whose = {"command": "the command", "nodes": "the process that runs the nodes"}
    lines = []
    for process, packages in found.items():
        shown = list(packages.items())[:_MOST_PACKAGES]
        rest = sum(packages.values()) - sum(seconds for _, seconds in shown)
        words = ", ".join(f"{name} {seconds:.2f}" for name, seconds in shown)
        lines.append((whose[process], f"{sum(packages.values()):.2f}", f"{words}, others {rest:.2f}"))
    return [text + _table(("In", "Seconds", "Packages"), lines)]


def _table(head: Iterable[str], lines: Iterable[Iterable[str]]) -> str:
    return page.table(head, lines, words=_WORDS)


def main() -> None:
    """Make the page again from the figures in `docs`."""
    folder = PROJECT / "docs"
    publish(read(folder / FIGURES), folder)


if __name__ == "__main__":
    main()
