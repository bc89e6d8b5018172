"""The page `docs/quality.md`, its picture and its figures, made from the results of the benchmark.

`python -m benchmarks.quality.report` makes them again from the figures that lie there, once
`benchmarks/quality_remarks.md` was edited.
"""

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks import page
from benchmarks.quality import peers, plot, summary
from benchmarks.quality.models import BEST
from benchmarks.quality.scores import LEAST_PROBABILITY, TOLD
from benchmarks.results import Results, read
from benchmarks.sides import PROJECT
from benchmarks.verdict import HEAD, figure, tell

PAGE, PICTURE, FIGURES = "quality.md", "quality.svg", "quality.json"
REMARKS = PROJECT / "benchmarks" / "quality_remarks.md"
_WORDS = ("", "Target", "Table", "Metric", "What is in it", "Model", "What happened", "Task")
_BESIDE = {"binary": "average_precision", "multiclass": "accuracy", "regression": "mae"}
_BESIDE_TOLD = {"average_precision": "average precision", "accuracy": "accuracy", "mae": "MAE"}


def publish(results: Results, folder: Path) -> int:
    """Write page, picture and figures into a folder, print the targets, return how many are missed or failed."""
    text = render(results, REMARKS.read_text(encoding="utf-8"))
    plot.draw(results, folder / PICTURE)
    if results.file != folder / FIGURES:
        shutil.copy(results.file, folder / FIGURES)
    page.write(text, folder / PAGE)
    return tell(summary.verdicts(results)) + len(summary.failures(results)) + len(results.parts.get("failed", {}))


def render(results: Results, remarks: str) -> str:
    """Return the page."""
    rows = page.table(HEAD, (verdict.cells for verdict in summary.verdicts(results)), words=_WORDS)
    sections = [
        _opening(results),
        "## Targets\n\n" + rows,
        "## Scores\n\n" + _scores(results),
        f"![How far each model came from the baseline to HistGradientBoosting]({PICTURE})\n",
        "## Further metrics\n\n" + _beside(results),
        "## Time\n\n" + _times(results),
        _failed(results),
        "## The tables\n\n" + _tables(results),
        remarks,
    ]
    return page.joined(sections)


def _opening(results: Results) -> str:
    facts = results.facts
    return f"""# Quality

`make benchmark-quality` makes this page and `docs/{FIGURES}`; what is below the figures comes from
`benchmarks/quality_remarks.md`.

## What was run, on what

- **Penstock** {facts["penstock"]}, commit `{facts["commit"]}`: its own nodes read, split and transform each table; each
  family is then fitted and saved as Trainer does it, and the saved model, loaded anew, scores the split `eval` by its
  signature `serve_tf_examples`. What is measured is what would be pushed.
- **scikit-learn** gets the same columns and the same rows in the same splits. HistGradientBoosting has its defaults,
  categories of its own up to {peers.MOST_NATIVE} values and TargetEncoder beyond. LogisticRegression and Ridge get
  standardised numbers, with means and flags where values are missing, and one-hot categories. Text is TF-IDF of words
  and pairs of words for both, the {peers.MOST_TERMS:,} most frequent; lists of numbers are a column for each.
- **Baseline**: the shares of the classes, or the mean. **{BEST.capitalize()}**: what drew the labels of a generated
  table, noise left out.
- **Splits**: a third evaluates. Where there are repeats, each has another split and another seed, and medians are told;
  differences and ratios are taken split by split.
- **Time**: `fit` is that of fitting alone, by the wall; for Penstock a sixth of the training rows decides when to stop.
  Process time is that of both cores. Latency is the least of three goes over the split `eval`; a model of Penstock
  parses and transforms tf.Examples in it, in batches of 4,096.
- **Probabilities** below {LEAST_PROBABILITY:g} count as that in a log loss, for every model.
{page.machine(facts)}"""


def _scores(results: Results) -> str:
    def line(table: str) -> list[str]:
        metric, is_more = summary.metric_of(results, table)
        values = {name: summary.median(results, table, name, "scores", metric) for name in summary.models(results)}
        known = [value for name, value in values.items() if value is not None and name != BEST]
        best = (max if is_more else min)(known)
        told = [_score(value, metric, value == best and name != BEST) for name, value in values.items()]
        return [table, f"{TOLD[metric]} {'↑' if is_more else '↓'}", *told]

    return _by_table(results, ("Metric",), line)


def _beside(results: Results) -> str:
    def line(table: str) -> list[str]:
        metric = _BESIDE[results.find(table=table)[0]["task"]]
        values = [summary.median(results, table, name, "scores", metric) for name in summary.models(results)]
        return [table, _BESIDE_TOLD[metric], *(_score(value, metric, False) for value in values)]

    return _by_table(results, ("Metric",), line)


def _times(results: Results) -> str:
    names = [name for name in summary.models(results) if name != BEST]

    def line(*path: str) -> Callable[[str], list[str]]:
        def cells(table: str) -> list[str]:
            values = (summary.median(results, table, name, *path) for name in names)
            return [table, *("" if value is None else figure(value) for value in values)]

        return cells

    head = ("Table", *(summary.NAMES[name] for name in names))
    parts = {
        "Seconds of fitting": line("seconds", "fit"),
        "Seconds of saving": line("seconds", "export"),
        "Microseconds per row of scoring": line("latency"),
    }
    return "\n".join(
        f"{title}:\n\n" + page.table(head, map(cells, summary.tables(results)), words=_WORDS)
        for title, cells in parts.items()
    )


def _tables(results: Results) -> str:
    lines = []
    for name in summary.tables(results):
        entry = results.find(table=name)[0]
        repeats = max(each["repeat"] for each in results.find(table=name))
        about = results.parts.get("about", {}).get(name, "")
        lines.append((name, entry["task"], f"{entry['rows']:,}", str(entry["columns"]), str(repeats), about))
    return page.table(("Table", "Task", "Rows", "Columns", "Splits", "What is in it"), lines, words=_WORDS)


def _failed(results: Results) -> str:
    lines = [(e["table"], summary.NAMES.get(e["model"], e["model"]), e["error"]) for e in summary.failures(results)]
    lines += [(table, "", told) for table, told in results.parts.get("failed", {}).items()]
    cells = [(table, model, " ".join(error.replace("|", "/").split())) for table, model, error in lines]
    return "## What failed\n\n" + page.table(("Table", "Model", "What happened"), cells, words=_WORDS) if cells else ""


def _by_table(results: Results, more: Iterable[str], line: Callable[[str], list[str]]) -> str:
    head = ("Table", *more, *(summary.NAMES[name] for name in summary.models(results)))
    return page.table(head, map(line, summary.tables(results)), words=_WORDS)


def _score(value: float | None, metric: str, is_best: bool) -> str:
    if value is None:
        return ""
    text = f"{value:.2f}" if metric in ("rmse", "mae") and value >= 10 else f"{value:.4f}"
    return f"**{text}**" if is_best else text


def main() -> None:
    """Make the page again from the figures in `docs`."""
    folder = PROJECT / "docs"
    publish(read(folder / FIGURES), folder)


if __name__ == "__main__":
    main()
