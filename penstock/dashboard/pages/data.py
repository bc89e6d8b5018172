"""The pages of the data: drift by column and version, and one column over the versions."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from penstock.core import artifact_types
from penstock.core.documents.data import Distance, DriftReport
from penstock.core.errors import PenstockError
from penstock.dashboard.kept import Kept
from penstock.dashboard.sources import Source
from penstock.metadata.lineage import Artifact, Run
from penstock.reports.charts import Line, lines
from penstock.reports.data import Split, read

MOST = 20
_TRAIN = "train"
_REPORTS: Kept[DriftReport | None] = Kept(4 * MOST)
_SPLITS: Kept[tuple[Split, ...]] = Kept(4 * MOST)
# The shares of its threshold from which a distance that passes has the next colour.
_STEPS = (0.25, 0.75)


@dataclass(frozen=True)
class Cell:
    """A distance in the heat map; the level, from 0 to 3, is that of its colour: 3 is above the threshold."""

    distance: float
    threshold: float
    measure: str
    level: int


HeatRow = tuple[str, tuple[Cell | None, ...]]


@dataclass(frozen=True)
class HeatMap:
    """The drift of each column in each run, oldest first; a column that was not compared has no cell."""

    runs: tuple[Run, ...]
    rows: tuple[HeatRow, ...]
    unreadable: tuple[str, ...]


@dataclass(frozen=True)
class Summary:
    """A column in the training rows of a run; a value that its type does not have is None."""

    run: Run
    rows: int
    missing: float
    mean: float | None = None
    deviation: float | None = None
    least: float | None = None
    median: float | None = None
    greatest: float | None = None
    distinct: int | None = None
    top: tuple[tuple[str, float], ...] = ()


def with_output(source: Source, artifact_type: str) -> list[Run]:
    """Return the last runs that made an artifact of a type, oldest first; a cached one counts for its first run."""
    found: dict[int, Run] = {}
    for run in source.runs.all():
        artifact = run.output(artifact_type)
        if artifact is not None:
            found[artifact.id] = run
    return list(found.values())[:MOST][::-1]


def heat_map(source: Source) -> HeatMap:
    """Return the drift of each column against the version that was pushed before."""
    runs: list[Run] = []
    columns: dict[str, dict[str, Cell]] = {}
    unreadable: list[str] = []
    for run in source.runs.all():
        if len(runs) == MOST:
            break
        try:
            report = _drift(run)
        except PenstockError:
            unreadable.append(run.id)
            continue
        if report is None or not report.compared:
            continue
        runs.append(run)
        for distance in report.columns:
            cell = _cell(distance)
            if cell:
                columns.setdefault(distance.column, {})[run.id] = cell
    shown = runs[::-1]
    rows = [(name, tuple(cells.get(run.id) for run in shown)) for name, cells in columns.items()]
    rows.sort(key=lambda row: -max(cell.distance / (cell.threshold or 1.0) for cell in row[1] if cell))
    return HeatMap(tuple(shown), tuple(rows), tuple(unreadable))


def _drift(run: Run) -> DriftReport | None:
    artifact = run.output(artifact_types.DRIFT_REPORT)
    return _REPORTS.get(artifact.uri, run.drift) if artifact else None


def _cell(distance: Distance) -> Cell | None:
    if distance.distance is None:
        return None
    share = distance.distance / distance.threshold if distance.threshold else math.inf if distance.distance else 0.0
    level = 3 if not distance.passed else sum(share >= step for step in _STEPS)
    return Cell(distance.distance, distance.threshold, distance.measure, level)


def names(source: Source) -> list[str]:
    """Return the columns of the last statistics."""
    runs = with_output(source, "ExampleStatistics")
    split = _train(runs[-1]) if runs else None
    return sorted(split.columns) if split else []


def column(source: Source, name: str) -> list[Summary]:
    """Return a column in the training rows of the last runs, oldest first."""
    found = []
    for run in with_output(source, "ExampleStatistics"):
        split = _train(run)
        if split and name in split.columns:
            found.append(_summary(run, split, split.columns[name]))
    return found


def charts(summaries: Sequence[Summary]) -> list[tuple[str, Markup]]:
    """Return a chart of each value over the runs, with its title, if there are two runs or more."""
    wanted: list[tuple[str, dict[str, Callable[[Summary], float | None]]]] = [
        ("Mean, median and range", _RANGE),
        ("Share of missing values", {"missing": lambda each: each.missing}),
        ("Different values", {"distinct": lambda each: each.distinct}),
    ]
    found = []
    for title, values in wanted:
        drawn = [Line(name, tuple(map(_number, map(of, summaries)))) for name, of in values.items()]
        drawn = [line for line in drawn if any(map(math.isfinite, line.values))]
        if drawn and len(summaries) > 1:
            found.append((title, lines(drawn, across="version or run, oldest first")))
    return found


_RANGE: dict[str, Callable[[Summary], float | None]] = {
    "mean": lambda each: each.mean,
    "median": lambda each: each.median,
    "least": lambda each: each.least,
    "greatest": lambda each: each.greatest,
}


def label(run: Run) -> str:
    """Return the name of a run on an axis: the version that it pushed, or its own name."""
    return f"version {run.pushed_version}" if run.pushed_version else run.id


def outputs(run: Run, types: Sequence[str]) -> Iterator[Artifact]:
    """Yield the outputs of some types of a run."""
    for kind in types:
        artifact = run.output(kind)
        if artifact is not None:
            yield artifact


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def _train(run: Run) -> Split | None:
    artifact = run.output("ExampleStatistics")
    try:
        splits = _splits(artifact.uri) if artifact else ()
    except Exception:  # noqa: BLE001, a damaged file: protobuf raises an error of its own for each fault
        return None
    return next((split for split in splits if split.name == _TRAIN), None)


def _splits(folder: str) -> tuple[Split, ...]:
    # Another store has other artifacts in the same folders.
    return _SPLITS.get(folder, lambda: tuple(read(Path(folder))))


def _summary(run: Run, split: Split, column: Any) -> Summary:
    if column.HasField("num_stats"):
        of = column.num_stats
        values = (of.mean, of.std_dev, of.min, of.median, of.max) if of.common_stats.num_non_missing else (None,) * 5
        return Summary(run, split.rows, _missing(of.common_stats, split), *values)
    of = column.string_stats if column.HasField("string_stats") else column.bytes_stats
    present = of.common_stats.num_non_missing
    top = tuple((each.value, each.frequency / present) for each in list(getattr(of, "top_values", ()))[:3] if present)
    return Summary(run, split.rows, _missing(of.common_stats, split), distinct=of.unique, top=top)


def _missing(common: Any, split: Split) -> float:
    return 1 - common.num_non_missing / split.rows if split.rows else 0.0
