"""Rows whose label is probably wrong, by a quick model that did not see them; the rows are never changed.

Classes: confident learning (Northcutt, Jiang and Chuang: Confident Learning: Estimating Uncertainty in Dataset
Labels, Journal of Artificial Intelligence Research 70, 2021), by cleanlab: a row is confidently of another class if
the probability of that class is at least its mean in the rows that have it as label. Of these rows those are reported
whose own label has a probability of at most 0.1, and of at most 0.4 times the share of its class: without that bound
most rows of a class that is rare and hard to predict would be reported.

Numbers: the residuals of a row, label minus prediction, beyond the outer fences (Tukey: Exploratory Data Analysis,
1977) of the rows with a similar prediction: more than 3 times the interquartile range from the quartiles.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from penstock.proposal.quick_model import out_of_fold
from penstock.proposal.scores import Target, ranges

_FEWEST_ROWS, _LEAST_OF_CLASS = 500, 10
_MOST_PROBABLE, _OF_CLASS = 0.1, 0.4
_ROWS_PER_RANGE, _MOST_RANGES, _FENCE = 100, 20, 3.0
FILE = "label_errors.csv"


@dataclass(frozen=True)
class LabelError:
    """A row whose label is probably wrong.

    Attributes:
        row: The number of the row, from 1.
        line: The line in the file, if it is known.
        given: The label.
        suggested: The class that the model is confident of, or its prediction of a number.
        score: The probability of the label, or by how many interquartile ranges the residual is beyond the quartile.
    """

    row: int
    line: int | None
    given: str
    suggested: str
    score: float


@dataclass(frozen=True)
class LabelErrors:
    """The rows that were found, the most probable errors first.

    Attributes:
        errors: The rows.
        checked: The number of rows that were checked.
        task: The task.
    """

    errors: tuple[LabelError, ...]
    checked: int
    task: str

    def text(self) -> str:
        """Return the rows as CSV."""
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        score = "interquartile_ranges" if self.task == "regression" else "probability_of_given"
        writer.writerow(["row", "line", "given", "suggested", score])
        for each in self.errors:
            writer.writerow([each.row, "" if each.line is None else each.line, each.given, each.suggested, each.score])
        return stream.getvalue()


def label_errors(
    columns: list[tuple[np.ndarray, bool]],
    label: Target,
    classes: Sequence[Any],
    places: np.ndarray,
    *,
    lines: bool,
) -> LabelErrors | None:
    """Return the rows whose label is probably wrong; None if there are too few rows or classes to check.

    Args:
        columns: Each feature's numbers, and whether they are category codes.
        label: The label.
        classes: The name of each class by number; empty for a regression.
        places: The position of each row in the table, from 0.
        lines: Whether row n of the table is in line n + 2 of its file.
    """
    rows = _usable(label)
    if len(rows) < _FEWEST_ROWS or not columns or len(set(label.values[rows].tolist())) < 2:
        return None
    matrix = np.column_stack([values for values, _ in columns])[rows]
    known = label.values[rows]
    if label.task == "regression":
        found = _of_numbers(known, out_of_fold(matrix, known, [is_code for _, is_code in columns], label.task))
    else:
        names = sorted(set(known.tolist()))
        places_of = np.asarray(np.searchsorted(names, known))
        probabilities = out_of_fold(matrix, places_of, [is_code for _, is_code in columns], label.task)
        found = [
            (place, str(classes[names[given]]), str(classes[names[other]]), score)
            for place, given, other, score in _of_classes(places_of, probabilities)
        ]
    numbers = [int(places[rows[place]]) for place, *_ in found]
    errors = (
        LabelError(number + 1, number + 2 if lines else None, given, suggested, score)
        for number, (_, given, suggested, score) in zip(numbers, found, strict=True)
    )
    return LabelErrors(tuple(errors), len(rows), label.task)


def _usable(label: Target) -> np.ndarray:
    """Return the rows with a label whose class has enough rows for every fold."""
    if label.task == "regression":
        return np.flatnonzero(label.known)
    counts = np.bincount(label.values[label.known])
    return np.flatnonzero(label.known & (counts[np.where(label.known, label.values, 0)] >= _LEAST_OF_CLASS))


def _of_classes(given: np.ndarray, probabilities: np.ndarray) -> list[tuple[int, int, int, float]]:
    """Return row, class, suggested class and the probability of the class of each error, the least probable first."""
    from cleanlab.filter import find_label_issues

    wrong = find_label_issues(given, probabilities, filter_by="confident_learning", n_jobs=1)
    own = probabilities[np.arange(len(given)), given]
    share = np.bincount(given) / len(given)
    rows = np.flatnonzero(wrong & (own <= np.minimum(_MOST_PROBABLE, _OF_CLASS * share[given])))
    best = probabilities.argmax(axis=1)
    return [
        (int(row), int(given[row]), int(best[row]), round(float(own[row]), 4))
        for row in rows[np.argsort(own[rows], kind="stable")]
        if best[row] != given[row]
    ]


def _of_numbers(given: np.ndarray, predicted: np.ndarray) -> list[tuple[int, str, str, float]]:
    """Return row, label, prediction and distance of each error, the furthest first."""
    scale = max(float(np.abs(given).max()), 1e-300)
    residuals = (given - predicted) / scale
    group = ranges(predicted, predicted, int(np.clip(len(given) // _ROWS_PER_RANGE, 1, _MOST_RANGES)))
    beyond = np.zeros(len(given))
    for place in np.unique(group):
        rows = group == place
        low, high = (float(np.quantile(residuals[rows], share)) for share in (0.25, 0.75))
        width = high - low
        if width > 0:
            beyond[rows] = np.maximum(low - residuals[rows], residuals[rows] - high) / width
    found = np.flatnonzero(beyond > _FENCE)
    return [
        (int(row), f"{given[row]:.6g}", f"{predicted[row]:.6g}", round(float(beyond[row]), 2))
        for row in found[np.argsort(-beyond[found], kind="stable")]
    ]
