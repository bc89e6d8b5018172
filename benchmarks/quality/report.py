"""The page `docs/quality.md`, its plot and its results file, made from the results of the benchmark.

`python -m benchmarks.quality.report` makes them again from the stored results, after an edit of
`benchmarks/quality_remarks.md`.
"""

import shutil
from pathlib import Path

from benchmarks import page
from benchmarks.quality import grids, peers, plot, summary
from benchmarks.quality.grids import WORDS
from benchmarks.quality.models import BEST
from benchmarks.quality.scores import LEAST_PROBABILITY
from benchmarks.results import Results, read
from benchmarks.systems import PROJECT
from benchmarks.verdict import HEAD, print_verdicts

PAGE, PICTURE, FIGURES = "quality.md", "quality.svg", "quality.json"
REMARKS = PROJECT / "benchmarks" / "quality_remarks.md"


def publish(results: Results, folder: Path) -> int:
    """Write page, plot and results into a folder, print the targets, return how many are missed or failed."""
    text = render(results, REMARKS.read_text(encoding="utf-8"))
    plot.draw(results, folder / PICTURE)
    if results.file != folder / FIGURES:
        shutil.copy(results.file, folder / FIGURES)
    page.write(text, folder / PAGE)
    return (
        print_verdicts(summary.verdicts(results))
        + len(summary.failures(results))
        + len(results.parts.get("failed", {}))
    )


def render(results: Results, remarks: str) -> str:
    """Return the page."""
    rows = page.table(HEAD, (verdict.cells for verdict in summary.verdicts(results)), words=WORDS)
    sections = [
        _opening(results),
        "## Targets\n\n" + rows,
        "## Scores\n\n" + grids.scores(results),
        f"![How far each model came from the baseline to HistGradientBoosting]({PICTURE})\n",
        "## Further metrics\n\n" + grids.second_metrics(results),
        "## Time\n\n" + grids.times(results),
        grids.chosen(results),
        _failed(results),
        "## The tables\n\n" + _tables(results),
        remarks,
    ]
    return page.joined(sections)


def _opening(results: Results) -> str:
    facts = results.facts
    return f"""# Quality

How good the models are, compared with scikit-learn's on the same rows. `make benchmark-quality` writes this page and
`docs/{FIGURES}`; the text below the figures comes from `benchmarks/quality_remarks.md`.

## Method

- **Penstock** {facts["penstock"]}, commit `{facts["commit"]}`: its own nodes read, split and transform each table; each
  family is then fitted and saved as Trainer does it, and the saved model, loaded again, scores the split `eval` by its
  signature `serve_tf_examples`. What is measured is what would be pushed.
- **scikit-learn** gets the same columns and the same rows in the same splits. HistGradientBoosting has its defaults,
  categories of its own up to {peers.MOST_NATIVE} values and TargetEncoder beyond. LogisticRegression and Ridge get
  standardised numbers, with means and flags where values are missing, and one-hot categories. Text is TF-IDF of words
  and pairs of words for both, the {peers.MOST_TERMS:,} most frequent; lists of numbers are a column for each.
- **Baseline**: the shares of the classes, or the mean. **{BEST.capitalize()}**: the function that generated the
  labels of a table, without the noise.
- **Splits**: a third evaluates. Each repeat has another split and another seed, and the medians are shown;
  differences and ratios are computed split by split.
- **Time**: `fit` is the wall time of fitting alone; for Penstock a sixth of the training rows decides when to stop, and
  the linear model that Trainer fits for comparison does not count. Process time is that of both cores. Latency is the
  minimum of three passes over the split `eval`; a model of Penstock parses and transforms tf.Examples in it, in batches
  of 4,096.
- **Limits** of a few seconds, and that of 300 columns, count from the start of fitting to the saved model, each in its
  own process, which includes what TensorFlow and LightGBM prepare at their first use.
- **Trees**: LightGBM's, of 63 leaves each, fitted to 10,000 rows, exported, and scored through the SavedModel and by
  LightGBM's own predict in turns, in one process.
- **Probabilities** below {LEAST_PROBABILITY:g} count as this value in a log loss, for every model.
{page.machine(facts)}"""


def _tables(results: Results) -> str:
    lines = []
    for name in summary.tables(results):
        entry = results.find(table=name)[0]
        repeats = max(each["repeat"] for each in results.find(table=name))
        about = results.parts.get("about", {}).get(name, "")
        lines.append((name, entry["task"], f"{entry['rows']:,}", str(entry["columns"]), str(repeats), about))
    return page.table(("Table", "Task", "Rows", "Columns", "Splits", "What is in it"), lines, words=WORDS)


def _failed(results: Results) -> str:
    lines = [(e["table"], summary.NAMES.get(e["model"], e["model"]), e["error"]) for e in summary.failures(results)]
    lines += [(table, "", reason) for table, reason in results.parts.get("failed", {}).items()]
    return grids.failed(lines)


def main() -> None:
    """Make the page again from the figures in `docs`."""
    folder = PROJECT / "docs"
    publish(read(folder / FIGURES), folder)


if __name__ == "__main__":
    main()
