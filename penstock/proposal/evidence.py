"""What a sample tells for and against the proposed columns: which give the label away, what a quick model reaches."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from penstock.proposal.profile import ColumnProfile
from penstock.proposal.quick_model import Figures, figures
from penstock.proposal.roles import TEXT_WORDS, Choice
from penstock.proposal.scores import (
    Target,
    category_places,
    list_numbers,
    numbers,
    read_numbers,
    single_score,
    target,
    text_evidence,
)
from penstock.proposal.task import LabelChoice

# A column that alone tells as much of the label as this gives it away, if so many rows show it.
GIVEN_AWAY, SURE_ROWS = 0.99, 100
# A part of a large sample tells as much.
_MOST_ROWS, _MOST_CELLS, _MOST_WORDS, _LEAST_ROWS = 20_000, 10_000_000, 2_000_000, 1000
_LEAST_KNOWN = 4
_MEASURES = {"binary": "AUC", "multiclass": "gain of accuracy", "regression": "R2"}


@dataclass(frozen=True)
class Evidence:
    """Rows of a sample, the label in them, and what is known of each column."""

    data: pa.Table
    label: Target
    profiles: Mapping[str, ColumnProfile]
    _texts: dict[str, tuple[np.ndarray, bool]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, data: pa.Table, label: str, task: LabelChoice, profiles: Mapping[str, ColumnProfile]) -> "Evidence":
        """Return rows of a sample, evenly spaced where it has more than are needed."""
        width = sum(column.length or 1 for column in profiles.values()) or 1
        words = sum(column.words for column in profiles.values() if column.words >= TEXT_WORDS) or 1
        most = min(_MOST_ROWS, max(min(_MOST_CELLS // width, int(_MOST_WORDS / words)), _LEAST_ROWS))
        if data.num_rows > most:
            data = data.take(pa.array(np.linspace(0, data.num_rows - 1, most).astype(np.int64)))
        aim = target(data.column(label), task.task, task.values)
        return cls(data, aim, profiles)

    def without_leaks(self, choices: Sequence[Choice]) -> tuple[list[Choice], list[Choice]]:
        """Return the choices with columns that give the label away left out, and these columns.

        They stay where few rows show it, or where nothing else would.
        """
        if self.label.known.sum() < _LEAST_KNOWN:
            return list(choices), []
        found = {}
        for choice in choices:
            score = max((self._score(part) for part in self._columns(choice)), default=0.0)
            if score >= GIVEN_AWAY:
                found[choice.column] = replace(choice, score=score)
        others = any(choice.role and choice.column not in found for choice in choices)
        if others and self.label.known.sum() >= SURE_ROWS:
            for name, choice in found.items():
                reason = f"gives the label away: {_MEASURES[self.label.task]} {choice.score:.3f} alone"
                found[name] = replace(choice, role="", reason=reason, instead=choice.role)
        return [found.get(choice.column, choice) for choice in choices], list(found.values())

    def figures(self, choices: Sequence[Choice], metric: str) -> Figures | None:
        """Return what a constant and a quick model of the columns reach, None where the rows cannot tell."""
        columns = [part for choice in choices for part in self._columns(choice)]
        return figures(columns, self.label, metric)

    def _score(self, column: tuple[np.ndarray, bool]) -> float:
        values, is_category = column
        return single_score(values, label=self.label, is_category=is_category)

    def _columns(self, choice: Choice) -> Iterator[tuple[np.ndarray, bool]]:
        """Yield a column as numbers, and whether they stand for categories; a list as a column for each place."""
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
            yield category_places(array), True
        else:
            yield numbers(array), False

    def _text(self, name: str, array: pa.Array) -> tuple[np.ndarray, bool]:
        # Asked for twice, and dearer than any other column.
        if name not in self._texts:
            self._texts[name] = text_evidence(array.to_pylist(), self.label)
        return self._texts[name]
