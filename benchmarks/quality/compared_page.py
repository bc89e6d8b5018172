"""The page `docs/autogluon.md`: `auto`, AutoGluon and HistGradientBoosting within limits of processor time.

`python -m benchmarks.quality.compared_page` makes it again from the figures in `docs`.
"""

import shutil
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import page
from benchmarks.quality import busy, grids, peers, scoring, summary
from benchmarks.quality.autogluon import AUTOGLUON
from benchmarks.quality.models import AUTO
from benchmarks.quality.scores import DECIDES, DISPLAY_NAMES
from benchmarks.results import Results, read
from benchmarks.systems import PROJECT
from benchmarks.verdict import HEAD, Verdict, figure, print_verdicts

PAGE, FIGURES = "autogluon.md", "autogluon.json"
REMARKS = PROJECT / "benchmarks" / "autogluon_remarks.md"
# Two-sided, 95 %.
DEVIATIONS = 1.96
_HEAD = (
    *("Table", "Rows", "Metric", "HistGradientBoosting", "AutoGluon", "`auto`", "`auto` is", "by"),
    *("µs per row: HistGradientBoosting", "AutoGluon", "`auto`", "MB: AutoGluon", "`auto`"),
    *("s: AutoGluon", "`auto`"),
)
_BUSY_HEAD = ("Table", "`auto`", "`auto`, busy", "Busy processes", "Difference", "")
_WORDS = ("", "Target", "Table", "Metric", "`auto` is")


@dataclass(frozen=True)
class Advantage:
    """By how much `auto` is better than another model in the deciding metric; the mean over the splits.

    Attributes:
        value: The advantage; negative if `auto` is worse.
        interval: Half of its 95 % interval. The errors of the splits do not average out, because the splits share rows.
    """

    value: float
    interval: float

    @property
    def words(self) -> str:
        """Whether `auto` is better, worse, or not distinguishable."""
        if abs(self.value) <= self.interval:
            return "equal"
        return "better" if self.value > 0 else "worse"


def advantage(entries: list[dict[str, Any]]) -> Advantage | None:
    """Return the advantage of `auto` over a model whose entries are given, one for each split."""
    found = [entry["advantage"] for entry in entries if "advantage" in entry]
    if not found:
        return None
    error = statistics.fmean(each[1] ** 2 for each in found) ** 0.5
    return Advantage(statistics.fmean(each[0] for each in found), DEVIATIONS * error)


def of_limit(results: Results, limit: float) -> Results:
    """Return the figures of one limit."""
    return Results(results.file, results.facts, results.find(limit=limit), {})


def limits(results: Results) -> list[float]:
    """Return the limits that were measured, in seconds."""
    return sorted({entry["limit"] for entry in results.measurements})


def verdicts(results: Results, limit: float) -> list[Verdict]:
    """Return the targets at a limit with the measured values."""
    found = of_limit(results, limit)
    rivals = {table: advantage(summary.of(found, table, AUTOGLUON)) for table in summary.tables(found)}
    known = {table: each for table, each in rivals.items() if each is not None}
    count, at = len(known), f"{limit:g} s: "
    better = sum(each.value > 0 for each in known.values())
    equal = sum(each.words != "worse" for each in known.values())
    gain = statistics.median([_relative(found, table) for table in known]) if known else None
    return [
        Verdict(f"{at}tables of {count} on which `auto` is not worse than AutoGluon", None, equal, count, True, 0),
        Verdict(f"{at}tables of {count} on which `auto` is better", None, better, -(-2 * count // 3), True, 0),
        Verdict(f"{at}median of the gain over AutoGluon, %", None, gain, 0, True),
        *_costs(found, list(known), at),
        *busy.verdicts(_busy(results, limit), limit),
    ]


def _busy(results: Results, limit: float) -> list[dict[str, Any]]:
    """Return the tables that were measured on a busy machine too."""
    found = of_limit(results, limit)
    known = {table: advantage(summary.of(found, table, AUTOGLUON)) for table in summary.tables(found)}
    return busy.compared(results, limit, {table: each.interval for table, each in known.items() if each is not None})


def _costs(found: Results, known: list[str], at: str) -> list[Verdict]:
    verdicts = []
    for other, most in summary.MOST_OF_SCORING.items():
        if ratios := summary.scoring_ratios(found, known, other):
            words = f"{at}time of scoring, `auto` / {summary.NAMES[other]}: "
            verdicts.append(Verdict(f"{words}median", None, statistics.median(ratios), most))
            verdicts.append(Verdict(f"{words}largest", None, max(ratios), most))
    if (size := summary.largest(found, known)) is not None:
        verdicts.append(Verdict(f"{at}largest `auto` on the disk, MB", None, size, summary.MOST_MEGABYTES))
    if (single := summary.largest(found, known, "single")) is not None:
        words = f"{at}longest call of `serving_default` for a single row, ms"
        verdicts.append(Verdict(words, None, single, summary.MOST_OF_SINGLE))
    return verdicts


def _relative(found: Results, table: str) -> float:
    """Return by how many per cent the error of `auto` is less; that of an AUC is what it lacks of 1."""
    metric, is_more = DECIDES[found.find(table=table)[0]["task"]]
    pair = [summary.median(found, table, model, "scores", metric) for model in (AUTO, AUTOGLUON)]
    ours, theirs = ((1 - value if is_more else value) for value in pair if value is not None)
    return 100 * (theirs - ours) / max(theirs, 1e-12)


def in_words(results: Results, limit: float, table: str) -> str:
    """Return the result of a table at a limit in a line."""
    _, _, metric, boosting, theirs, ours, word, gain, *_ = _line(of_limit(results, limit), table)
    return f"{metric}: HistGradientBoosting {boosting}, AutoGluon {theirs}, auto {ours} ({word}: {gain})"


def _every(results: Results) -> list[Verdict]:
    return [verdict for limit in limits(results) for verdict in verdicts(results, limit)]


def publish(results: Results, folder: Path) -> int:
    """Write the page and the figures into a folder, print the targets, return how many are missed or failed."""
    if results.file != folder / FIGURES:
        shutil.copy(results.file, folder / FIGURES)
    page.write(render(results, REMARKS.read_text(encoding="utf-8")), folder / PAGE)
    return print_verdicts(_every(results)) + len(_failures(results))


def render(results: Results, remarks: str) -> str:
    """Return the page."""
    targets = page.table(HEAD, (each.cells for each in _every(results)), words=_WORDS)
    sections = [_opening(results), "## Targets\n\n" + targets]
    for limit in limits(results):
        found = of_limit(results, limit)
        lines = [_line(found, table) for table in summary.tables(found)]
        sections.append(f"## {limit:g} seconds\n\n" + page.table(_HEAD, lines, words=_WORDS))
        if next_to := _busy(results, limit):
            cells = page.table(_BUSY_HEAD, map(_busy_line, next_to), words=("Table", ""))
            sections.append(f"## {limit:g} seconds on a busy machine\n\n" + cells)
    return page.joined([*sections, grids.failed(_failures(results)), remarks])


def _line(found: Results, table: str) -> list[str]:
    entry = found.find(table=table)[0]
    metric, is_more = DECIDES[entry["task"]]
    gain = advantage(summary.of(found, table, AUTOGLUON))
    models = (peers.BOOSTING, AUTOGLUON, AUTO)
    values = [summary.median(found, table, model, "scores", metric) for model in models]
    known = [value for value in values if value is not None]
    best = (max if is_more else min)(known) if known else None
    costs = [summary.median(found, table, model, "latency") for model in models]
    sizes = [summary.median(found, table, model, "megabytes") for model in models[1:]]
    seconds = [_spent(found, table, model) for model in models[1:]]
    return [
        *(table, f"{entry['rows']:,}", f"{DISPLAY_NAMES[metric]} {'↑' if is_more else '↓'}"),
        *(f"**{_score(value)}**" if value == best else _score(value) for value in values),
        *((gain.words, f"{_score(gain.value)} ± {_score(gain.interval)}") if gain else ("", "")),
        *("" if cost is None else figure(cost, 0) for cost in costs),
        *("" if size is None else figure(size, 1) for size in sizes),
        *("" if each is None else figure(each, 0) for each in seconds),
    ]


def _spent(found: Results, table: str, model: str) -> float | None:
    """Return the median of the processor time to fit and to save."""
    spent = [entry["cpu_seconds"] for entry in summary.of(found, table, model)]
    return statistics.median(each["fit"] + each.get("export", 0.0) for each in spent) if spent else None


def _busy_line(each: dict[str, Any]) -> list[str]:
    scores = [_score(each["idle"]), _score(each["score"])]
    difference = f"{_score(each['difference'])} ± {_score(each['interval'])}"
    return [each["table"], *scores, str(each["load"]), difference, "" if each["is_within"] else "beyond the interval"]


def _score(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.2f}" if abs(value) >= 10 else f"{value:.4f}"


def _failures(results: Results) -> list[tuple[str, str, str]]:
    found = [(f"{e['table']}, {e['limit']:g} s", e["model"], e["error"]) for e in summary.failures(results)]
    found += [(name, "", reason) for name, reason in results.parts.get("failed", {}).items()]
    return found


def _splits(results: Results) -> str:
    """Return how many splits the tables have at each limit, in words."""
    words = []
    for limit in limits(results):
        found = of_limit(results, limit)
        counts = [len({each["repeat"] for each in found.find(table=table)}) for table in summary.tables(found)]
        least, most = min(counts), max(counts)
        words.append(f"{most if least == most else f'{least} to {most}'} in {limit:g} s")
    return ", ".join(words)


def _opening(results: Results) -> str:
    return f"""# Compared with AutoGluon

`auto`, AutoGluon and HistGradientBoosting on the same rows, with the same limit of processor time for `auto` and
AutoGluon. `make benchmark-autogluon` measures, and writes this page and `docs/{FIGURES}`; the text below the figures
comes from `benchmarks/autogluon_remarks.md`.

## Method

- **Penstock** {results.facts["penstock"]}, commit `{results.facts["commit"]}`, fits and saves `auto` as Trainer does;
  the saved model, loaded again, scores the split `eval`, a third of the rows. **AutoGluon** 1.6.3 runs in an
  environment of its own, on one core, with its boosted trees and forests, and without PyTorch.
- **Splits** of each table: {_splits(results)}. Of several ones there are medians, and the mean of the difference.
- **The advantage** of `auto` is the difference of the deciding metric, positive where `auto` is better, with its 95 %
  interval by the paired bootstrap over the rows of `eval`. "Equal" means that the interval has 0 in it.
- **Time per row** is processor time with one thread. `auto` scores batches of up to {scoring.BATCH:,} rows of `eval`
  as the prediction server does, the others score one batch. **MB** are those of the folder that would be served. **s**
  is the processor time to fit and, of `auto`, to save: its limit is for both.
{page.machine(results.facts)}"""


def main() -> None:
    """Make the page again from the figures in `docs`."""
    folder = PROJECT / "docs"
    publish(read(folder / FIGURES), folder)


if __name__ == "__main__":
    main()
