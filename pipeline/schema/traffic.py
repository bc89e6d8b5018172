"""The distance of logged requests from the training data of the version that answered them, column by column."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from components import pushed_statistics
from components.drift_report import L_INFINITY, Statistics, Thresholds, judge
from penstock.config.config import Config
from penstock.core.text import shorten
from penstock.proposal.identifiers import is_direct, masked
from penstock.serving.model import document
from penstock.serving.requests.files import LogFile
from penstock.serving.requests.predictions import (
    CONSTANT,
    Predictions,
    counts,
    features_of,
    predicted_numbers,
    predicted_texts,
)
from penstock.versions.record import STATISTICS
from pipeline.schema.logged import Logged, read
from pipeline.schema.traffic_report import ColumnTraffic, TextTraffic, VersionTraffic

# Of fewer rows the distances are mostly sampling error.
LEAST_ROWS = 100
_MOST_NEW, _LONGEST_VALUE = 5, 40


def compare(config: Config, files: Sequence[LogFile], version: int | None = None) -> list[VersionTraffic]:
    """Return the comparison of each version in a log, the latest first.

    Args:
        config: The configuration, with the thresholds, the categories and the folder of the versions.
        files: The files of the log.
        version: The one version to compare; None for all.

    Raises:
        ConfigError: The document of the columns of a version is damaged.
        DataError: A file of the log is damaged.
    """
    folder = config.path(config.push.directory)
    found = read(
        files,
        lambda number: _trained(folder / str(number)),
        config.categories,
        lambda number: _inputs(folder / str(number)),
    )
    return [_of_version(config, folder, number, each) for number, each in found.items() if version in (None, number)]


def _trained(folder: Path) -> Statistics | None:
    file = folder / STATISTICS
    return pushed_statistics.read(file) if file.is_file() else None


def _inputs(folder: Path) -> dict[str, str]:
    known = document.load(folder)
    return {each.input: each.name for each in known.inputs} if known else {}


def _of_version(config: Config, folder: Path, number: int, logged: Logged) -> VersionTraffic:
    reason, columns = _reason(folder / str(number), logged), []
    if not reason and logged.trained is not None:
        columns = _columns(config, logged, logged.trained)
    return VersionTraffic(
        version=number,
        rows=logged.rows,
        compared_rows=logged.compared,
        requests=len(logged.requests),
        first=str(logged.first),
        last=str(logged.last),
        signatures=tuple(sorted(logged.signatures)),
        reason=reason,
        columns=tuple(columns),
        predictions=tuple(_predictions(logged, config.data.label)),
    )


def _reason(folder: Path, logged: Logged) -> str:
    """Return why a version is not compared, or nothing."""
    if logged.trained is None:
        return f"{folder} has no statistics of its training data" if folder.is_dir() else f"{folder} is not there"
    if logged.rows and not logged.compared:
        return "no column of its training data is in the log"
    return f"fewer than {LEAST_ROWS} rows" if logged.compared < LEAST_ROWS else ""


def _columns(config: Config, logged: Logged, trained: Statistics) -> list[ColumnTraffic]:
    current = logged.accumulator.result()
    thresholds = Thresholds(**config.drift.thresholds)
    features, before = features_of(current), features_of(trained)
    names = [name for name in before if name in logged.columns and name != config.data.label]
    judged = {each.column: each for each in judge(current, trained, thresholds, names)}
    found = []
    for name in [*judged, *sorted(set(names) - set(judged))]:
        distance = judged.get(name)
        missing, earlier = _missing(current, features.get(name)), _missing(trained, before[name])
        limit = thresholds.for_column(name, L_INFINITY)
        values, rows = _new_values(features.get(name), before[name])
        text = None if name in config.categories else _text(features.get(name), before[name])
        found.append(
            ColumnTraffic(
                column=name,
                measure=distance.measure if distance else None,
                distance=distance.distance if distance else None,
                threshold=distance.threshold if distance else limit,
                missing=missing,
                missing_in_training=earlier,
                missing_threshold=limit,
                # Free texts may contain anything about a person.
                new_values=values if name in config.categories else (),
                new_rows=rows,
                text=text,
                passed=(distance is None or distance.passed) and abs(missing - earlier) <= limit,
                reason="" if distance and distance.distance is not None else _why(missing),
            )
        )
    found += [_absent(name, "hashed") for name in sorted(logged.hashed - logged.columns)]
    absent = sorted(set(before) - logged.columns - logged.hashed - {config.data.label})
    found += [_absent(name, "not in the log") for name in absent if name in config.features]
    return sorted(found, key=lambda each: each.passed)


def _why(missing: float) -> str:
    return "no value in the log" if missing == 1 else "another type than in training"


def _absent(name: str, reason: str) -> ColumnTraffic:
    return ColumnTraffic(column=name, reason=reason, passed=True)


def _missing(statistics: Statistics, feature: Any) -> float:
    """Return the share of the rows without a value."""
    rows = sum(dataset.num_examples for dataset in statistics.datasets)
    kind = feature.WhichOneof("stats") if feature is not None else None
    present = getattr(feature, kind).common_stats.num_non_missing if kind else 0
    return float(1 - present / rows) if rows else 1.0


def _new_values(current: Any, before: Any) -> tuple[tuple[str, ...], int]:
    """Return the most frequent values that training data did not have, to be shown, and the rows of all of them."""
    known, given = counts(before), counts(current)
    if not known or not given:
        return (), 0
    new = {value: rows for value, rows in given.items() if value not in known}
    most = sorted(new, key=lambda value: (-new[value], value))[:_MOST_NEW]
    return tuple(map(_shown, most)), int(sum(new.values()))


def _shown(value: str) -> str:
    """Return a value for the output: the form of a direct identifier, and others shortened."""
    return masked(value) if is_direct(value) else shorten(value, _LONGEST_VALUE)


def _text(current: Any, before: Any) -> TextTraffic | None:
    """Return counts and lengths of texts in both statistics; None if one of them has no texts."""
    now, then = _of_texts(current), _of_texts(before)
    if now is None or then is None:
        return None
    return TextTraffic(now[0], then[0], now[1], then[1], now[2], then[2])


def _of_texts(feature: Any) -> tuple[int, float, float | None] | None:
    """Return the number of different texts, the mean length in bytes, and the share of the most frequent one."""
    kind = feature.WhichOneof("stats") if feature is not None else None
    if kind not in ("string_stats", "bytes_stats"):
        return None
    of = getattr(feature, kind)
    present, top = of.common_stats.num_non_missing, list(getattr(of, "top_values", ()))
    length = of.avg_length if kind == "string_stats" else of.avg_num_bytes
    return int(of.unique), float(length), float(top[0].frequency / present) if top and present else None


def _predictions(logged: Logged, label: str) -> list[Predictions]:
    trained = features_of(logged.trained).get(label) if logged.trained is not None else None
    numbers = [(name, np.concatenate(parts)) for name, parts in sorted(logged.numbers.items()) if name != CONSTANT]
    found = [predicted_numbers(name, values, trained) for name, values in numbers]
    return found + [predicted_texts(name, given, counts(trained)) for name, given in sorted(logged.texts.items())]
