"""Medians over the repetitions, their comparison with scikit-learn's, and whether the targets are met."""

import statistics
from collections.abc import Iterable
from typing import Any

from benchmarks.quality import first_run, parts, peers
from benchmarks.quality.autogluon import AUTOGLUON
from benchmarks.quality.models import BEST
from benchmarks.quality.scores import DECIDES, DISPLAY_NAMES
from benchmarks.results import Results
from benchmarks.verdict import Verdict

# Models in the order of the page, by what they are called there.
NAMES = {
    peers.BASELINE: "baseline",
    peers.LINEAR: "LogisticRegression, Ridge",
    peers.BOOSTING: "HistGradientBoosting",
    AUTOGLUON: "AutoGluon",
    "linear": "`linear`",
    "neural": "`neural`",
    "trees": "`trees`",
    "auto": "`auto`",
    BEST: BEST,
}
FAMILIES = ("linear", "neural", "trees", "auto")
LEAST_DIFFERENCE, MOST_RATIO = -0.003, 1.01
LEAST_TAXI_AUC = 0.955
MOST_TREES_SECONDS = 5.0
MOST_MEGABYTES = 10.0
# Milliseconds of processor time for a single row.
MOST_OF_SINGLE = 2.0
# The time of scoring by `auto`, divided by that of another model.
MOST_OF_SCORING = {AUTOGLUON: 0.1, peers.BOOSTING: 3.0}
STARTUP_FACTOR, MOST_BEYOND = 1.2, 10.0
MOST_OF_LIMIT = 1.1
MOST_OF_PREDICT, MOST_EXPORT_SECONDS = 3.0, 5.0


def tables(results: Results) -> list[str]:
    """Return the tables that were measured, in that order."""
    return list(dict.fromkeys(entry["table"] for entry in results.measurements))


def models(results: Results) -> list[str]:
    """Return the models that were measured, in the order of the page."""
    found = {entry["model"] for entry in results.measurements}
    return [name for name in NAMES if name in found]


def of(results: Results, table: str, model: str) -> list[dict[str, Any]]:
    """Return the entries of one model on one table that did not fail, by repeat."""
    found = [entry for entry in results.find(table=table, model=model) if "error" not in entry]
    return sorted(found, key=lambda entry: int(entry["repeat"]))


def failures(results: Results) -> list[dict[str, Any]]:
    """Return the entries of models that failed."""
    return [entry for entry in results.measurements if "error" in entry]


def median(results: Results, table: str, model: str, *path: str) -> float | None:
    """Return the median over the repeats of a figure; None where it was not measured.

    Args:
        results: The figures.
        table: The table.
        model: The model.
        path: The keys that lead to the figure in an entry.
    """
    found = []
    for entry in of(results, table, model):
        value: Any = entry
        for key in path:
            value = value.get(key) if value is not None else None
        if value is not None:
            found.append(value)
    return statistics.median(found) if found else None


def metric_of(results: Results, table: str) -> tuple[str, bool]:
    """Return the metric that decides on a table, and whether more of it is better."""
    return DECIDES[results.find(table=table)[0]["task"]]


def distance(results: Results, table: str, model: str, other: str = peers.BOOSTING) -> float | None:
    """Return the median difference or ratio to another model, HistGradientBoosting, over the same splits.

    For an AUC it is the difference, for an error the ratio.
    """
    metric, is_more = metric_of(results, table)
    theirs = {entry["repeat"]: entry["scores"][metric] for entry in of(results, table, other)}
    pairs = [
        (entry["scores"][metric], theirs[entry["repeat"]])
        for entry in of(results, table, model)
        if entry["repeat"] in theirs
    ]
    if not pairs:
        return None
    return statistics.median(ours - theirs if is_more else ours / theirs for ours, theirs in pairs)


def is_better(results: Results, table: str, model: str, other: str = peers.BOOSTING) -> bool | None:
    """Say whether a model is better than another, HistGradientBoosting; None where it was not measured."""
    found = distance(results, table, model, other)
    return None if found is None else found > 0 if metric_of(results, table)[1] else found < 1


def verdicts(results: Results) -> list[Verdict]:
    """Return each target with the measured value."""
    found = []
    for table in tables(results):
        metric, is_more = metric_of(results, table)
        sign, bound = ("−", LEAST_DIFFERENCE) if is_more else ("/", MOST_RATIO)
        words = f"{table}: {DISPLAY_NAMES[metric]}, `auto` {sign} HistGradientBoosting"
        rows = results.find(table=table)[0]["rows"]
        found.append(Verdict(words, rows, distance(results, table, "auto"), bound, is_more, digits=4))
    measured = [better for table in tables(results) if (better := is_better(results, table, "auto")) is not None]
    words = f"Tables of {len(measured)} on which `auto` is better than HistGradientBoosting"
    count = float(sum(measured)) if measured else None
    found.append(Verdict(words, None, count, len(measured) // 2 + 1, is_least=True, digits=0))
    return [*found, *_autogluon(results), *_taxi(results), *_limits(results), *_trees(results), *_first_run(results)]


def _autogluon(results: Results) -> list[Verdict]:
    """Return the targets of the comparison with AutoGluon, and of the cost of an answer."""
    shared = [table for table in tables(results) if is_better(results, table, "auto", AUTOGLUON) is not None]
    if not shared:
        return []
    better = float(sum(bool(is_better(results, table, "auto", AUTOGLUON)) for table in shared))
    words = f"Tables of {len(shared)} on which `auto` is better than AutoGluon"
    found = [Verdict(words, None, better, -(-2 * len(shared) // 3), is_least=True, digits=0)]
    for other, most in MOST_OF_SCORING.items():
        if ratios := scoring_ratios(results, shared, other):
            words = f"Scoring by `auto` / {NAMES[other]}, median over these tables"
            found.append(Verdict(words, None, statistics.median(ratios), most))
    size = largest(results, shared)
    return [*found, *([] if size is None else [Verdict("Largest `auto` on the disk, MB", None, size, MOST_MEGABYTES)])]


def scoring_ratios(results: Results, names: Iterable[str], other: str) -> list[float]:
    """Return the time of scoring by `auto` divided by that of another model, for each of the tables that have both."""
    times = [(median(results, table, "auto", "latency"), median(results, table, other, "latency")) for table in names]
    return [ours / theirs for ours, theirs in times if ours and theirs]


def largest(results: Results, names: Iterable[str], figure: str = "megabytes") -> float | None:
    """Return the largest value of a figure of `auto` over some tables, by default its MB; None if none was measured."""
    found = [median(results, table, "auto", figure) for table in names]
    return max((each for each in found if each is not None), default=None)


def _taxi(results: Results) -> list[Verdict]:
    if "taxi" not in tables(results):
        return []
    rows = results.find(table="taxi")[0]["rows"]
    auc = median(results, "taxi", "auto", "scores", "auc")
    spent = [median(results, "taxi", "trees", "cpu_seconds", part) for part in ("fit", "export")]
    seconds = None if None in spent else sum(part for part in spent if part is not None)
    return [
        Verdict("taxi: AUC of `auto`", rows, auc, LEAST_TAXI_AUC, is_least=True, digits=4),
        Verdict("taxi: process time of `trees`, fit and export, s", rows, seconds, MOST_TREES_SECONDS),
    ]


def _limits(results: Results) -> list[Verdict]:
    timed = [entry for entry in results.find(model="auto") if "seconds" in entry]
    shares = [sum(entry["seconds"][part] for part in ("fit", "export")) / entry["time_limit"] for entry in timed]
    words = "`auto`: longest fit and export / limit"
    found = [Verdict(words, None, max(shares), MOST_OF_LIMIT)] if shares else []
    for each in results.parts.get(parts.LIMITS, []):
        words = f"{each['table']}: fit and export of `auto` / a limit of {each['limit']:g} s"
        found.append(Verdict(words, each["rows"], each["seconds"] / each["limit"], MOST_OF_LIMIT))
    return found


def _trees(results: Results) -> list[Verdict]:
    found = results.parts.get(parts.TREES)
    if not found:
        return []
    rows, trees = int(found["rows"]), f"{found['trees']:g} trees"
    return [
        Verdict(f"{trees}: scoring by the SavedModel / LightGBM's predict", rows, found["ratio"], MOST_OF_PREDICT),
        Verdict(f"{trees}: export, s", rows, found["export_seconds"], MOST_EXPORT_SECONDS),
    ]


def _first_run(results: Results) -> list[Verdict]:
    seconds = results.parts.get(parts.FIRST_RUN)
    if not seconds:
        return []
    startup, whole = (statistics.median(seconds[name]) for name in (first_run.STARTUP, first_run.FIRST_RUN))
    words = f"First run of 150 rows beyond {STARTUP_FACTOR:g} × start-up, s"
    return [Verdict(words, 150, whole - STARTUP_FACTOR * startup, MOST_BEYOND)]
