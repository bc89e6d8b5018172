"""The grids of the page: a line per table, a column per model."""

from collections.abc import Callable, Iterable, Sequence

from benchmarks import page
from benchmarks.quality import summary
from benchmarks.quality.models import BEST
from benchmarks.quality.scores import DISPLAY_NAMES
from benchmarks.results import Results
from benchmarks.verdict import figure
from penstock.core.documents.training import Leaderboard

# Columns of words.
WORDS = ("", "Target", "Table", "Metric", "What is in it", "Model", "What happened", "Task", "Weights")
_SECOND_METRICS = {"binary": "average_precision", "multiclass": "accuracy", "regression": "mae"}
_SECOND_METRIC_NAMES = {"average_precision": "average precision", "accuracy": "accuracy", "mae": "MAE"}


def scores(results: Results) -> str:
    """Return the deciding metric of each table; the best measured value is in bold."""

    def line(table: str) -> list[str]:
        metric, is_more = summary.metric_of(results, table)
        values = {name: summary.median(results, table, name, "scores", metric) for name in summary.models(results)}
        known = [value for name, value in values.items() if value is not None and name != BEST]
        best = (max if is_more else min)(known)
        cells = [_score(value, metric, value == best and name != BEST) for name, value in values.items()]
        return [table, f"{DISPLAY_NAMES[metric]} {'↑' if is_more else '↓'}", *cells]

    return _by_table(results, ("Metric",), line)


def second_metrics(results: Results) -> str:
    """Return a second metric of each table."""

    def line(table: str) -> list[str]:
        metric = _SECOND_METRICS[results.find(table=table)[0]["task"]]
        values = [summary.median(results, table, name, "scores", metric) for name in summary.models(results)]
        return [table, _SECOND_METRIC_NAMES[metric], *(_score(value, metric, False) for value in values)]

    return _by_table(results, ("Metric",), line)


def times(results: Results) -> str:
    """Return the time of fitting, saving and scoring for each table."""
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
        f"{title}:\n\n" + page.table(head, map(cells, summary.tables(results)), words=WORDS)
        for title, cells in parts.items()
    )


def chosen(results: Results) -> str:
    """Return the models that `auto` chose on the first split of each table; empty if it was not measured."""
    lines = []
    for table in summary.tables(results):
        for entry in summary.of(results, table, "auto")[:1]:
            noted = entry.get("report", {}).get("leaderboard")
            board = Leaderboard.model_validate(noted) if noted else None
            models = board.models if board else ()
            weights: dict[str, float] = dict.fromkeys((model.family for model in models), 0.0)
            for model in models:
                weights[model.family] += model.weight
            ordered = sorted(weights.items(), key=lambda item: -item[1])
            shares = ", ".join(f"{family} {weight:.2f}" for family, weight in ordered if weight)
            tried, fit = str(len(models)), figure(entry["seconds"]["fit"])
            lines.append((table, shares, tried, str(board.folds) if board else "", fit, f"{entry['time_limit']:g}"))
    head = ("Table", "Weights", "Models tried", "Folds", "Seconds", "Limit")
    return "## What `auto` chose\n\n" + page.table(head, lines, words=WORDS) if lines else ""


def failed(lines: Sequence[tuple[str, str, str]]) -> str:
    """Return the section of what failed: the table, the model, and what happened; empty if nothing did."""
    cells = [(table, model, " ".join(error.replace("|", "/").split())) for table, model, error in lines]
    return "## What failed\n\n" + page.table(("Table", "Model", "What happened"), cells, words=WORDS) if cells else ""


def _by_table(results: Results, more: Iterable[str], line: Callable[[str], list[str]]) -> str:
    head = ("Table", *more, *(summary.NAMES[name] for name in summary.models(results)))
    return page.table(head, map(line, summary.tables(results)), words=WORDS)


def _score(value: float | None, metric: str, is_best: bool) -> str:
    if value is None:
        return ""
    text = f"{value:.2f}" if metric in ("rmse", "mae") and value >= 10 else f"{value:.4f}"
    return f"**{text}**" if is_best else text
