"""Lines that describe a run, in the order of its nodes: reading, splits, drift and skew, trials, leaderboard."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import sqrt
from typing import TYPE_CHECKING, Any

from pipeline.cli.text.columns import clip, columns, number

if TYPE_CHECKING:
    from penstock.core.documents.certificate import Certificate, Latency
    from penstock.core.documents.data import Distance, DriftReport, Reading, SplitReport
    from penstock.core.documents.monotonicity import Monotonicity
    from penstock.core.documents.training import Leaderboard, Trial

MOST_TRIALS = 10
_MOST_MODELS = 8
_MOST_MARKED_COLUMNS = 3
_MOST_DISTANT_COLUMNS = 5
# A split may differ from its configured share by this many points, or by this many standard deviations if that is more.
_SHARE_TOLERANCE, _SHARE_DEVIATIONS = 0.05, 6
# A larger share of eval rows that are also in train is a warning.
_MOST_REPEATED = 0.01


def reading_lines(reading: "Reading | None") -> list[str]:
    """Return a line about rows that the query removed or added, and one about values that were read as missing.

    Args:
        reading: The counts that ExampleGen recorded, or None if it did not run.
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
        largest = ", ".join(f"{name} {count:,}" for name, count in marked[:_MOST_MARKED_COLUMNS])
        more = f" and {len(marked) - _MOST_MARKED_COLUMNS} more columns" if len(marked) > _MOST_MARKED_COLUMNS else ""
        lines.append(f"{sum(reading.marked.values()):,} values were read as missing: {largest}{more}")
    return lines


def split_lines(split: "SplitReport | None", rows: Mapping[str, int]) -> list[str]:
    """Return a line for each way in which the splits differ from what is configured.

    Args:
        split: The report of the splits that ExampleGen wrote.
        rows: The number of rows of each split.
    """
    if not split or not rows:
        return []
    return [*_unusual_rows(split, rows), *_share_warnings(split, rows), *_repeated_rows(split, rows)]


def _unusual_rows(split: "SplitReport", rows: Mapping[str, int]) -> Iterator[str]:
    total = sum(rows.values())
    if split.without_key:
        yield f"{split.without_key:,} of {total:,} rows have no {split.column!r}: split by their features"
    if split.by == "rows" and split.combinations:
        yield f"Split by whole rows: the features have {split.combinations:,} combinations in {total:,} rows"
    others = {name: count for name, count in rows.items() if name not in ("train", "eval")}
    if split.by == "column" and others:
        listed = ", ".join(f"{name} {count:,}" for name, count in others.items())
        yield f"{sum(others.values()):,} of {total:,} rows are in neither train nor eval: {listed}"


def _share_warnings(split: "SplitReport", rows: Mapping[str, int]) -> Iterator[str]:
    total = sum(rows.values())
    far = [
        f"{name} has {rows.get(name, 0) / total:.1%} of the rows, {share:.1%} is configured"
        for name, share in split.shares.items()
        if abs(rows.get(name, 0) / total - share) > _tolerance(share, total)
    ]
    if far:
        together = {"key": f"the same {split.column!r}", "time": "the same time", "features": "the same features"}
        yield f"Warning: {far[0]}: rows with {together.get(split.by, 'the same values')} stay together"


def _tolerance(share: float, total: int) -> float:
    return max(_SHARE_TOLERANCE, _SHARE_DEVIATIONS * sqrt(share * (1 - share) / total))


def _repeated_rows(split: "SplitReport", rows: Mapping[str, int]) -> Iterator[str]:
    if repeated := split.repeated:
        share = repeated / rows["eval"]
        warning = "Warning: " if share > _MOST_REPEATED else ""
        of_eval = f"{repeated:,} of {rows['eval']:,} rows of eval ({share:.1%})"
        yield f"{warning}{of_eval} are also in train, with the same features and label"


def drift_lines(report: "DriftReport") -> list[str]:
    """Return a sentence about drift and one about skew, each with a line per column above its threshold."""
    # An earlier release did not compute skew.
    skew = _comparison("Skew of eval from train", report.skew, "skewed ") if report.skew is not None else []
    return [*_drift(report), *skew]


def _drift(report: "DriftReport") -> list[str]:
    if report.version is None:
        return ["Drift: not compared, because no earlier version was pushed."]
    against = f"Drift from version {report.version}"
    if not report.compared:
        return [f"{against}: not compared, because its folder has no statistics of its training data."]
    return _comparison(against, report.columns, "drifted")


def _comparison(against: str, distances: Sequence["Distance"], mark: str) -> list[str]:
    compared = [column for column in distances if column.distance is not None]
    above = [column for column in compared if not column.passed]
    if not compared:
        return [f"{against}: not compared, because no column has values in both."]
    missing = len(distances) - len(compared)
    rest = f"; {missing} not compared" if missing else ""
    if not above:
        sentence = f"{against}: none of {len(compared)} columns is above its threshold{rest}"
        return [sentence, f"nearest  {_distance(compared[0])}"]
    thresholds = "its threshold" if len(above) == 1 else "their thresholds"
    heading = f"{against}: {len(above)} of {len(compared)} columns above {thresholds}{rest}"
    return [heading, *_columns_above(above, mark)]


def _columns_above(above: Sequence["Distance"], mark: str) -> Iterable[str]:
    for column in above[:_MOST_DISTANT_COLUMNS]:
        yield f"{mark}  {_distance(column)}"
    if len(above) > _MOST_DISTANT_COLUMNS:
        yield f"and {len(above) - _MOST_DISTANT_COLUMNS} more: --json lists all"


def _distance(column: "Distance") -> str:
    return f"{column.column}: {column.measure} {column.distance:.3g}, at most {column.threshold:g}"


def monotonic_lines(found: "Monotonicity | None") -> list[str]:
    """Return a line about the probes of monotonic constraints, and one for each column with few; none without any."""
    if found is None:
        return []
    from penstock.core.documents.monotonicity import OF_EACH, PROBES

    count = len(found.columns)
    counted = "1 column" if count == 1 else f"{count} columns"
    violations = "1 violation" if found.violations == 1 else f"{found.violations or 'no'} violations"
    line = f"Monotonic: {found.probes:,} probes of {counted} on rows of eval, {violations}"
    few = [
        f"few      {each.column}: {each.probes:,} probes, {OF_EACH:,} expected: too few rows or values"
        for each in found.columns
        if each.is_few
    ]
    if found.probes < PROBES and (count > 1 or not few):
        few.append(f"few      in all {found.probes:,} probes, {PROBES:,} expected: too few rows or values")
    return [line, *few]


def certificate_lines(certificate: "Certificate | None") -> list[str]:
    """Return a line about the comparison with a server, and one about its latency; none without a certificate."""
    if certificate is None:
        return []
    rows = f"{certificate.rows.rows:,} golden rows in {len(certificate.forms)} forms"
    return [
        f"Served as predicted: {rows}, largest difference {certificate.largest:.1e}",
        *latency_lines(certificate.latency),
    ]


def latency_lines(latency: Sequence["Latency"]) -> list[str]:
    """Return a line with the latencies of one row; none if they were not measured."""
    found = [f"{each.p50_ms:.1f} ms, p99 {each.p99_ms:.1f} ms ({_over(each.form)})" for each in latency]
    return [f"Latency of one row: {'; '.join(found)}"] if found else []


def _over(form: str) -> str:
    return "gRPC" if "gRPC" in form else "REST"


def trial_lines(trials: Sequence["Trial"]) -> list[str]:
    """Return the best trials with their settings, ordered by validation loss; no lines if there are no trials."""
    if not trials:
        return []
    names = list(dict.fromkeys(name for trial in trials for name in trial.settings))
    ordered = sorted(enumerate(trials, 1), key=lambda each: (each[1].loss is None, each[1].loss or 0.0))
    rows = [["Trial", *names, "Passes", "Seconds", "Loss"]]
    rows += [_trial(place, trial, names) for place, trial in ordered[:MOST_TRIALS]]
    more = len(trials) - MOST_TRIALS
    return [
        "",
        *columns(rows, right=range(len(rows[0]))),
        *([f"and {more} more: --json lists all"] if more > 0 else []),
    ]


def _trial(place: int, trial: "Trial", names: list[str]) -> list[str]:
    settings = [f"{trial.settings[name]:.4g}" if name in trial.settings else "-" for name in names]
    loss = "-" if trial.loss is None else f"{trial.loss:.5f}"
    return [str(place), *settings, str(trial.epochs), f"{trial.seconds:.1f}", loss]


def leaderboard_lines(board: "Leaderboard") -> list[str]:
    """Return a summary of the search, the best models, and the families that were left out."""
    metric, models = board.metric, board.models
    on = f"{board.folds} folds of {board.rows:,} rows" if board.folds else f"{board.rows:,} rows"
    members = sum(model.weight > 0 for model in models)
    chosen = "the best" if members == 1 else f"the mean of {members}"
    tried = f"{len(models)} model{'s' * (len(models) > 1)} in {board.seconds:.0f} s"
    if board.raced:
        tried = f"{board.raced} settings in {board.seconds:.0f} s, {len(models)}"
    has_size = any(model.megabytes is not None for model in models)
    rows = [["Family", metric, "Weight", "Fit s", "µs/row", *(["MB"] if has_size else []), "Settings"]]
    for model in models[:_MOST_MODELS]:
        weight = f"{model.weight:.2f}" if model.weight else "-"
        size = ["-" if model.megabytes is None else f"{model.megabytes:.1f}"] if has_size else []
        cost = f"{model.fit_seconds:.1f}", f"{model.row_microseconds:.1f}", *size
        cut = f"cut short ({model.cut}): " if model.cut else ""
        rows.append([model.family, number(model.value), weight, *cost, cut + _settings(model.settings)])
    more = len(models) - _MOST_MODELS
    return [
        clip(f"{tried} on {on}; {chosen}: {metric} {number(board.value)}"),
        *columns(rows, right=tuple(range(1, len(rows[0]) - 1))),
        *([f"and {more} more: --json lists all"] if more > 0 else []),
        *(clip(f"Left out: {family}, which {reason}") for family, reason in board.left_out.items()),
        *_cut_short(board),
    ]


def _cut_short(board: "Leaderboard") -> list[str]:
    """Return a line about what the time limit cut short; a leaderboard of an earlier release does not record it."""
    parts = [board.cut] if board.cut else []
    if board.exported_folds is not None and 0 < board.exported_folds < board.folds:
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
