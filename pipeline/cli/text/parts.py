"""Drift in words: how far the training data is from that of the last pushed model, and `eval` from `train`."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from penstock.core.documents.data import Distance, DriftReport


from typing import TYPE_CHECKING

from pipeline.cli.text.columns import columns

if TYPE_CHECKING:
    from penstock.core.documents.training import Trial


from collections.abc import Iterator, Mapping
from math import sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from penstock.core.documents.data import SplitReport


from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from penstock.core.documents.data import Reading


from typing import TYPE_CHECKING, Any

from pipeline.cli.text.columns import clip, number

if TYPE_CHECKING:
    from penstock.core.documents.training import Leaderboard


_MOST = 5


def drift_lines(report: "DriftReport") -> list[str]:
    """Return what a report says of drift and of skew: a sentence each, and a line for each column too far."""
    # A report of before skew was judged has none.
    skew = _lines("Skew of eval from train", report.skew, "skewed ") if report.skew is not None else []
    return [*_drift(report), *skew]


def _drift(report: "DriftReport") -> list[str]:
    if report.version is None:
        return ["Drift: not compared, for no version was pushed before."]
    against = f"Drift from version {report.version}"
    if not report.compared:
        return [f"{against}: not compared, for it carries no statistics of its training data."]
    return _lines(against, report.columns, "drifted")


def _lines(against: str, judged: Sequence["Distance"], mark: str) -> list[str]:
    columns = [column for column in judged if column.distance is not None]
    beyond = [column for column in columns if not column.passed]
    if not columns:
        return [f"{against}: not compared, for no column has values in both."]
    left = f"; {len(judged) - len(columns)} not compared" if len(judged) > len(columns) else ""
    if not beyond:
        sentence = f"{against}: none of {len(columns)} columns beyond its threshold{left}"
        return [sentence, f"nearest  {_distance(columns[0])}"]
    heading = f"{against}: {len(beyond)} of {len(columns)} columns beyond {'its' if len(beyond) == 1 else 'their'} "
    return [f"{heading}threshold{'' if len(beyond) == 1 else 's'}{left}", *_list(beyond, mark)]


def _list(beyond: Sequence["Distance"], mark: str) -> Iterable[str]:
    for column in beyond[:_MOST]:
        yield f"{mark}  {_distance(column)}"
    if len(beyond) > _MOST:
        yield f"and {len(beyond) - _MOST} more: --json lists all"


def _distance(column: "Distance") -> str:
    return f"{column.column}: {column.measure} {column.distance:.3g}, at most {column.threshold:g}"


MOST_TRIALS = 10


def trial_lines(trials: Sequence["Trial"]) -> list[str]:
    """Return the best trials, the least validation loss first, each with its settings; nothing where there are none."""
    if not trials:
        return []
    names = list(dict.fromkeys(name for trial in trials for name in trial.settings))
    ordered = sorted(enumerate(trials, 1), key=lambda each: (each[1].loss is None, each[1].loss or 0.0))
    rows = [["Trial", *names, "Passes", "Seconds", "Loss"]]
    rows += [_row(place, trial, names) for place, trial in ordered[:MOST_TRIALS]]
    more = len(trials) - MOST_TRIALS
    return [
        "",
        *columns(rows, right=range(len(rows[0]))),
        *([f"and {more} worse ones: --json lists all"] if more > 0 else []),
    ]


def _row(place: int, trial: "Trial", names: list[str]) -> list[str]:
    settings = [f"{trial.settings[name]:.4g}" if name in trial.settings else "-" for name in names]
    loss = "-" if trial.loss is None else f"{trial.loss:.5f}"
    return [str(place), *settings, str(trial.epochs), f"{trial.seconds:.1f}", loss]


# A share is kept within so many points, or within what chance may do; more of eval in train than the last is warned of.
_POINTS, _DEVIATIONS, _REPEATED = 0.05, 6, 0.01


def split_lines(split: "SplitReport | None", rows: Mapping[str, int]) -> list[str]:
    """Return a line for each thing to know; none where each split is as it was asked for.

    Args:
        split: What ExampleGen noted of the splits.
        rows: The rows of each split.
    """
    if not split or not rows:
        return []
    return [*_undecided(split, rows), *_shares(split, rows), *_repeated(split, rows)]


def _undecided(split: "SplitReport", rows: Mapping[str, int]) -> Iterator[str]:
    total = sum(rows.values())
    if split.without_key:
        yield f"{split.without_key:,} of {total:,} rows have no {split.column!r}: split by their features"
    if split.by == "rows" and split.combinations:
        yield f"Split by whole rows: the features have {split.combinations:,} combinations in {total:,} rows"
    others = {name: count for name, count in rows.items() if name not in ("train", "eval")}
    if split.by == "column" and others:
        listed = ", ".join(f"{name} {count:,}" for name, count in others.items())
        yield f"{sum(others.values()):,} of {total:,} rows are in neither train nor eval: {listed}"


def _shares(split: "SplitReport", rows: Mapping[str, int]) -> Iterator[str]:
    total = sum(rows.values())
    far = [
        f"{name} has {rows.get(name, 0) / total:.1%} of the rows, {share:.1%} was asked for"
        for name, share in split.shares.items()
        if abs(rows.get(name, 0) / total - share) > max(_POINTS, _DEVIATIONS * sqrt(share * (1 - share) / total))
    ]
    if far:
        together = {"key": f"one {split.column!r}", "time": "one moment", "features": "the same features"}
        yield f"Warning: {far[0]}: rows with {together.get(split.by, 'the same values')} stay together"


def _repeated(split: "SplitReport", rows: Mapping[str, int]) -> Iterator[str]:
    if repeated := split.repeated:
        share = repeated / rows["eval"]
        warning = "Warning: " if share > _REPEATED else ""
        of_eval = f"{repeated:,} of {rows['eval']:,} rows of eval ({share:.1%})"
        yield f"{warning}{of_eval} are in train too, features and label"


_NAMED = 3


def reading_lines(reading: "Reading | None") -> list[str]:
    """Return a line for rows that the query left out, and one for values that a mark made missing; none without any.

    Args:
        reading: What ExampleGen noted of it; None where it did not get so far.
    """
    if not reading:
        return []
    lines = []
    before, after = reading.rows, reading.result
    if after < before:
        lines.append(f"data.query left out {before - after:,} of {before:,} rows")
    elif after > before:
        lines.append(f"data.query made {after:,} rows of {before:,}")
    marked = sorted(reading.marked.items(), key=lambda item: -item[1])
    if marked:
        named = ", ".join(f"{name} {count:,}" for name, count in marked[:_NAMED])
        more = f" and {len(marked) - _NAMED} more columns" if len(marked) > _NAMED else ""
        lines.append(f"{sum(reading.marked.values()):,} values were read as missing by a mark: {named}{more}")
    return lines


_MOST_MODELS = 8


def leaderboard_lines(board: "Leaderboard") -> list[str]:
    """Return what was tried: a line that sums up, the best models, and what was left out."""
    metric, models = board.metric, board.models
    on = f"{board.folds} folds of {board.rows:,} rows" if board.folds else f"{board.rows:,} rows"
    members = sum(model.weight > 0 for model in models)
    chosen = "the best" if members == 1 else f"the mean of {members}"
    tried = f"{len(models)} model{'s' * (len(models) > 1)} in {board.seconds:.0f} s"
    rows = [["Family", metric, "Weight", "Fit s", "µs/row", "Settings"]]
    for model in models[:_MOST_MODELS]:
        weight = f"{model.weight:.2f}" if model.weight else "-"
        cost = f"{model.fit_seconds:.1f}", f"{model.row_microseconds:.1f}"
        rows.append([model.family, number(model.value), weight, *cost, _settings(model.settings)])
    more = len(models) - _MOST_MODELS
    return [
        clip(f"{tried} on {on}; {chosen}: {metric} {number(board.value)}"),
        *columns(rows, right=(1, 2, 3, 4)),
        *([f"and {more} more: --json lists all"] if more > 0 else []),
        *(clip(f"Left out: {family}, which {reason}") for family, reason in board.left_out.items()),
        *_cut_short(board),
    ]


def _cut_short(board: "Leaderboard") -> list[str]:
    """Return in a line what there was no time for; a leaderboard of an earlier release says nothing of it."""
    parts = [board.cut] if board.cut else []
    if board.exported_folds is not None and board.exported_folds < board.folds:
        parts.append(f"{board.exported_folds} of {board.folds} folds exported ({board.exported_rows:,} rows)")
    for family in dict.fromkeys(model.family for model in board.models):
        mine = [model.cut for model in board.models if model.family == family]
        cut = [words for words in mine if words]
        if cut:
            parts.append(f"{family} ({cut[0]})" if len(mine) == 1 else f"{len(cut)} of {len(mine)} {family}")
    return [clip(f"Cut short by the time limit: {', '.join(parts)}")] if parts else []


def _settings(settings: dict[str, Any]) -> str:
    flat = {**settings, **settings.get("parameters", {})}
    return ", ".join(f"{name} {value}" for name, value in flat.items() if name != "parameters") or "as configured"
