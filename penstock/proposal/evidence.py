"""Checks of the proposed features on a sample: which leak the label, and the scores of a quick model."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa

from penstock.core.losses import Loss
from penstock.proposal.label_errors import LabelErrors, label_errors
from penstock.proposal.profile import ColumnProfile
from penstock.proposal.quick_model import QuickScores, quick_scores
from penstock.proposal.roles import TEXT_WORDS, Choice
from penstock.proposal.scores import (
    Target,
    category_codes,
    list_numbers,
    numbers,
    read_numbers,
    single_score,
    target,
    text_predictions,
)
from penstock.proposal.suspects import Suspect, suspects
from penstock.proposal.task import LabelChoice

# A column whose single score is at least the first leaks the label; with fewer rows than the second it is kept.
LEAK_SCORE, ENOUGH_ROWS = 0.99, 100
# A part of a large sample is enough.
_MOST_ROWS, _MOST_CELLS, _MOST_WORDS, _LEAST_ROWS = 20_000, 10_000_000, 2_000_000, 1000
_LEAST_KNOWN = 4
# Whole numbers are no codes if their order scores so much more than their values, and say nothing below these scores.
_ORDER_GAIN, _NO_ORDER = 0.03, {"binary": 0.5, "multiclass": 0.0, "regression": 0.0}
# By chance a score differs from that by about this, divided by the square root of the rows.
_CHANCE = 1.5
_MEASURES = {"binary": "AUC", "multiclass": "gain of accuracy", "regression": "R2"}


@dataclass(frozen=True)
class Evidence:
    """The rows of a sample, their label, the profile of each column, and the place of each row in the sample."""

    data: pa.Table
    label: Target
    profiles: Mapping[str, ColumnProfile]
    weight: str | None = None
    rows: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64), repr=False, compare=False)
    _texts: dict[str, tuple[np.ndarray, bool]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(
        cls,
        data: pa.Table,
        label: str,
        task: LabelChoice,
        profiles: Mapping[str, ColumnProfile],
        weight: str | None = None,
    ) -> "Evidence":
        """Return rows of a sample, evenly spaced if it has more rows than needed."""
        width = sum(column.length or 1 for column in profiles.values()) or 1
        words = sum(column.words for column in profiles.values() if column.words >= TEXT_WORDS) or 1
        most = min(_MOST_ROWS, max(min(_MOST_CELLS // width, int(_MOST_WORDS / words)), _LEAST_ROWS))
        rows = np.arange(data.num_rows)
        if data.num_rows > most:
            rows = np.linspace(0, data.num_rows - 1, most).astype(np.int64)
            data = data.take(pa.array(rows))
        label_target = target(data.column(label), task.task, task.values)
        return cls(data, label_target, profiles, weight, rows)

    def by_order(self, choices: Sequence[Choice]) -> list[Choice]:
        """Return the choices with roles of whole numbers by whether their order says something about the label.

        A code by its name becomes numeric if its order says more than its values, and a number that differs in every
        row is left out as an identifier if its order says nothing. With few rows nothing is decided.
        """
        if self.label.known.sum() < ENOUGH_ROWS:
            return list(choices)
        return [self._by_order(choice) for choice in choices]

    def _by_order(self, choice: Choice) -> Choice:
        column = self.profiles[choice.column]
        if column.kind != "integer" or choice.role not in ("categorical", "numeric"):
            return choice
        ordered = self._score_as(choice, "numeric")
        if choice.role == "categorical":
            values = self._score_as(choice, "categorical")
            if ordered <= values + _ORDER_GAIN:
                return choice
            measure = _MEASURES[self.label.task]
            reason = f"whole numbers: {measure} {ordered:.2f} by their order, {values:.2f} as codes"
            return Choice(choice.column, "numeric", reason)
        chance = _CHANCE / float(np.sqrt(self.label.known.sum()))
        if column.is_unique and ordered < _NO_ORDER[self.label.task] + chance:
            reason = "identifier: all values are distinct, and their order says nothing about the label"
            return Choice(choice.column, "", reason, "numeric")
        return choice

    def _score_as(self, choice: Choice, role: str) -> float:
        return max(self._score(part) for part in self._columns(replace(choice, role=role)))

    def without_leaks(self, choices: Sequence[Choice]) -> tuple[list[Choice], list[Choice]]:
        """Return the choices with columns that leak the label left out, and these columns.

        They are kept if the sample has few rows, or if no other features are left.
        """
        if self.label.known.sum() < _LEAST_KNOWN:
            return list(choices), []
        found = {}
        for choice in choices:
            score = max((self._score(part) for part in self._columns(choice)), default=0.0)
            if score >= LEAK_SCORE:
                found[choice.column] = replace(choice, score=score)
        others = any(choice.role and choice.column not in found for choice in choices)
        if others and self.label.known.sum() >= ENOUGH_ROWS:
            for name, choice in found.items():
                reason = f"leaks the label: {_MEASURES[self.label.task]} {choice.score:.3f} alone"
                found[name] = replace(choice, role="", reason=reason, alternative_role=choice.role)
        return [found.get(choice.column, choice) for choice in choices], list(found.values())

    def quick_scores(self, choices: Sequence[Choice], metric: str, loss: Loss | None = None) -> QuickScores | None:
        """Return the scores of a constant and of a quick model, None if they cannot be estimated from the rows."""
        columns = [part for choice in choices for part in self._columns(choice)]
        weights = None if self.weight is None else numbers(self.data.column(self.weight))
        return quick_scores(columns, self.label, metric, weights, loss)

    def suspects(self, choices: Sequence[Choice]) -> tuple[Suspect, ...]:
        """Return the features that may leak the label, in addition to the leaks that `without_leaks` found."""
        looked_at = [
            replace(choice, role=choice.role or choice.alternative_role)
            for choice in choices
            if choice.role or choice.score is not None
        ]
        parts = {choice.column: list(self._columns(choice)) for choice in looked_at if choice.role != "text"}
        return suspects(parts, self.label, choices, self.profiles)

    def label_errors(
        self, choices: Sequence[Choice], classes: Sequence[Any], positions: np.ndarray, *, lines: bool
    ) -> LabelErrors | None:
        """Return the rows whose label is probably wrong; None if there are too few rows to say.

        Args:
            choices: The features.
            classes: The name of each class by number.
            positions: The position in the table of each row of the sample.
            lines: Whether row n of the table is in line n + 2 of its file.
        """
        columns = [part for choice in choices for part in self._columns(choice)]
        return label_errors(columns, self.label, classes, positions[self.rows], lines=lines)

    def _score(self, column: tuple[np.ndarray, bool]) -> float:
        values, is_category = column
        return single_score(values, label=self.label, is_category=is_category)

    def _columns(self, choice: Choice) -> Iterator[tuple[np.ndarray, bool]]:
        """Yield a column as numbers, and whether they are category codes; a list as one column per position."""
        known = self.profiles[choice.column]
        if not choice.role:
            return
        array = self.data.column(choice.column).combine_chunks()
        if choice.role == "text":
            yield self._text(choice.column, array)
        elif known.kind == "list":
            yield from ((values, False) for values in list_numbers(array, known.length or 0))
        elif known.kind == "text" and choice.role == "numeric":
            yield read_numbers(array), False
        elif choice.role == "categorical" or known.kind in ("text", "bytes"):
            yield category_codes(array), True
        else:
            yield numbers(array), False

    def _text(self, name: str, array: pa.Array) -> tuple[np.ndarray, bool]:
        # Cached, because it is used twice and more expensive than any other column.
        if name not in self._texts:
            self._texts[name] = text_predictions(array.to_pylist(), self.label)
        return self._texts[name]
