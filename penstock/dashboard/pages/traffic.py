"""The page of the traffic: what the server counts, and its log of requests next to the training data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError
from markupsafe import Markup

from penstock.core.errors import PenstockError
from penstock.core.stamps import FileStamp, stamp_of
from penstock.core.text import number
from penstock.dashboard.sources import Source
from penstock.dashboard.traffic.histograms import Histogram
from penstock.dashboard.traffic.logged import Log, Rows, read_log
from penstock.dashboard.traffic.measured import Duel, Measured, measured
from penstock.dashboard.traffic.scraping import NoMetrics, scrape
from penstock.metadata.lineage import Run
from penstock.reports.charts import Bucket, histogram, legend
from penstock.reports.data import buckets, statistics_of
from penstock.serving.requests.predictions import (
    CONSTANT,
    Predictions,
    counts,
    features_of,
    predicted_numbers,
    predicted_texts,
)
from penstock.versions.record import STATISTICS

_PROBABILITY = "probability"
_BINS = 10
_SIZE = (320, 90)


@dataclass(frozen=True)
class Shown:
    """An output of a version: its predictions, and the drawing of them next to what they are compared with."""

    predictions: Predictions
    compared_with: str
    drawing: Markup


@dataclass(frozen=True)
class LoggedVersion:
    """The logged rows of a version; `has_training` is whether the statistics of its training data are known."""

    version: int
    rows: Rows
    has_training: bool
    outputs: tuple[Shown, ...]


def served_name(source: Source) -> str:
    """Return the name under which the model is served."""
    return source.config.dashboard.served_as or source.config.name


def metrics(source: Source) -> tuple[Measured | None, NoMetrics | None]:
    """Return what the server counts, or why that is not known."""
    try:
        return measured(scrape(source.config.dashboard.metrics), served_name(source)), None
    except NoMetrics as error:
        return None, error


def log(source: Source) -> Log:
    """Return the newest part of the log of requests."""
    return read_log(source.config.path(source.config.dashboard.requests), served_name(source))


def pushed_versions(source: Source) -> dict[int, Run]:
    """Return the last run that pushed each version, by its number."""
    return {run.pushed_version: run for run in reversed(source.runs.all()) if run.pushed_version is not None}


def logged_versions(source: Source, found: Log, pushed: Mapping[int, Run]) -> list[LoggedVersion]:
    """Return the versions in a log with their predictions next to their training data."""
    shown = []
    for version, rows in found.versions.items():
        file = source.config.path(source.config.push.directory) / str(version) / STATISTICS
        label = _label(file, source.config.data.label)
        outputs = tuple(_outputs(rows, label, pushed.get(version)))
        shown.append(LoggedVersion(version, rows, label is not None, outputs))
    return shown


def _outputs(rows: Rows, label: Any, run: Run | None) -> list[Shown]:
    found = []
    for name, parts in sorted(rows.numbers.items()):
        if name != CONSTANT:
            values = np.concatenate(parts)
            found.append(_numbers(predicted_numbers(name, values, label), values, label, run))
    for name, given in sorted(rows.texts.items()):
        found.append(Shown(predicted_texts(name, given, counts(label)), "", Markup()))
    return found


def _numbers(predictions: Predictions, values: np.ndarray, label: Any, run: Run | None) -> Shown:
    """Return the drawing of numbers: probabilities next to those of `eval`, others next to the label in training."""
    if predictions.output == _PROBABILITY:
        other, words = _of_eval(run), "the rows of eval"
        edges = np.linspace(0, 1, _BINS + 1)
    else:
        other = buckets(label.num_stats) if label is not None and label.HasField("num_stats") else []
        words, edges = "the label in training data", _edges(values, other)
    drawn = _binned(values, edges)
    if not drawn:
        return Shown(predictions, "", Markup())
    splits = [drawn, *([other] if other else [])]
    drawing = _drawing(splits, ["the log", words], f"distribution of {predictions.output}")
    return Shown(predictions, words if other else "", drawing)


def _of_eval(run: Run | None) -> list[Bucket]:
    """Return the predictions on `eval`, from the bins of the calibration, which have equal width."""
    try:
        verdict = run.verdict() if run else None
    except PenstockError:  # the page of the run says it
        return []
    bins = verdict.reliability or () if verdict else ()
    total = sum(each.rows for each in bins)
    if not total or not all(0 <= each.predicted <= 1 for each in bins):
        return []
    places = [min(int(each.predicted * _BINS), _BINS - 1) for each in bins]
    return [
        Bucket(place / _BINS, (place + 1) / _BINS, each.rows / total)
        for place, each in zip(places, bins, strict=True)
        if each.rows
    ]


def _edges(values: np.ndarray, other: Sequence[Bucket]) -> np.ndarray:
    finite = values[np.isfinite(values)]
    ends = [*([finite.min(), finite.max()] if finite.size else []), *(end for b in other for end in (b.low, b.high))]
    low, high = (float(min(ends)), float(max(ends))) if ends else (0.0, 1.0)
    return np.linspace(low, high if high > low else low + 1.0, _BINS + 1)


def _binned(values: np.ndarray, edges: np.ndarray) -> list[Bucket]:
    finite = values[np.isfinite(values)]
    if not finite.size:
        return []
    found, _ = np.histogram(np.clip(finite, edges[0], edges[-1]), edges)
    return [
        Bucket(float(low), float(high), float(count) / finite.size)
        for low, high, count in zip(edges, edges[1:], found, strict=False)
        if count
    ]


def duel_drawing(duel: Duel) -> Markup:
    """Return the numbers that champion and challenger answered, in the buckets of the metrics."""
    drawn = [each.buckets() for each in duel.values]
    if not all(drawn):
        return Markup()
    names = [f"version {duel.champion}, the champion", f"version {duel.challenger}, the challenger"]
    return _drawing(drawn, names, f"values of {duel.output} of both versions")


def _drawing(splits: Sequence[Sequence[Bucket]], names: Sequence[str], label: str) -> Markup:
    """Return a histogram of one or two distributions with their names and the ends of its axis."""
    low, high = min(b.low for split in splits for b in split), max(b.high for split in splits for b in split)
    ends = Markup('<p class="dim">from {} to {}</p>').format(number(low), number(high))
    return legend(names[: len(splits)]) + histogram(splits, *_SIZE, label=label) + ends


def milliseconds(found: Histogram, share: float) -> str:
    """Return a quantile of seconds in milliseconds, as text; empty without a value."""
    value = found.quantile(share) * 1e3
    if value != value:
        return ""
    if value == float("inf"):
        return f"over {found.bounds[-2] * 1e3:,.0f} ms" if len(found.bounds) > 1 else "unknown"
    return f"{value:,.0f} ms" if value >= 100 else f"{value:.2g} ms"


def _label(file: Path, label: str) -> Any:
    """Return the statistics of the label in the training data of a version; None if they cannot be read."""
    try:
        return _features(str(file), stamp_of(file)).get(label)
    except (OSError, DecodeError):
        return None


@lru_cache(maxsize=32)
def _features(file: str, stamp: FileStamp | None) -> dict[str, Any]:
    """Return the columns in a file of statistics; the stamp changes if it is replaced."""
    return features_of(statistics_of(Path(file)))
