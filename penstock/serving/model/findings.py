"""What scoring found in the rows next to their scores: values unseen in training, and values far outside its range."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from penstock.core.vocabulary import FILE, count_unseen, parse
from penstock.serving.model.document import Document, Input

_VOCABULARY = Path("assets") / FILE
# More unseen values than by this factor, and this share, above the evaluation are worth a warning.
_FACTOR, _SHARE = 2.0, 0.01


@dataclass
class Counts:
    """Of one column: its values, those that training did not see, and those outside the range of the schema."""

    present: int = 0
    unseen: int = 0
    outside: int = 0


@dataclass
class Findings:
    """What is counted while rows are scored.

    Attributes:
        inputs: The columns that the model reads.
        vocabularies: The values that training saw, by the number of the vocabulary.
        rows: Rows that were scored.
        counts: What was counted, by column.
    """

    inputs: Sequence[Input]
    vocabularies: Sequence[Sequence[str]]
    rows: int = 0
    counts: dict[str, Counts] = field(default_factory=dict)

    @classmethod
    def of(cls, document: Document, directory: Path) -> "Findings":
        """Return what counts for a model in a folder."""
        numbers = [each.vocabulary for each in document.inputs if each.vocabulary is not None]
        file = directory / _VOCABULARY
        known = file.is_file() and numbers
        return cls(document.inputs, parse(file.read_bytes(), _columns(file.read_bytes())) if known else ())

    def add(self, wanted: Input, values: pa.Array) -> None:
        """Count some values of a column, as examples hold them."""
        counts = self.counts.setdefault(wanted.name, Counts())
        counts.present += len(values) - values.null_count
        if wanted.vocabulary is not None and wanted.vocabulary < len(self.vocabularies):
            counts.unseen += count_unseen(values, self.vocabularies[wanted.vocabulary])
        elif not pa.types.is_binary(values.type):
            for bound, beyond in ((wanted.low, pc.less), (wanted.high, pc.greater)):
                if bound is not None:
                    found = beyond(values.cast(pa.float64(), safe=False), bound)
                    counts.outside += int(pc.sum(found).as_py() or 0)

    @property
    def notes(self) -> list[str]:
        """A sentence for each column with values that the model does not know, or that are far from what it knows."""
        return [note for wanted in self.inputs for note in self._notes(wanted)]

    def _notes(self, wanted: Input) -> list[str]:
        counts = self.counts.get(wanted.name, Counts())
        notes = []
        if counts.unseen:
            before = "" if wanted.unseen is None else f", {wanted.unseen:.1%} in the evaluation"
            of = f"{counts.unseen:,} of {self.rows:,} rows"
            notes.append(f"{wanted.name}: {of} hold a value unseen in training{before}")
        if counts.outside:
            bounds = f"{_shown(wanted.low, 'no least')} to {_shown(wanted.high, 'no greatest')}"
            notes.append(f"{wanted.name}: {counts.outside:,} of {self.rows:,} rows are far outside training, {bounds}")
        return notes

    @property
    def warnings(self) -> list[str]:
        """A sentence for each column with clearly more unseen values than in the evaluation."""
        return [
            f"{wanted.name} has more unseen values than the evaluation had: the scores are worth less than its metrics"
            for wanted in self.inputs
            if self._is_worse(wanted)
        ]

    def _is_worse(self, wanted: Input) -> bool:
        share = self.counts.get(wanted.name, Counts()).unseen / max(self.rows, 1)
        before = wanted.unseen
        return before is not None and share > max(_FACTOR * before, before + _SHARE)


def _shown(bound: float | None, none: str) -> str:
    return none if bound is None else f"{bound:g}"


def _columns(content: bytes) -> int:
    """Return how many columns a file of vocabularies has: its last mark says so."""
    return int(content.rstrip(b"\n").rpartition(b"\n")[2].rstrip(b"\x1e") or 0)
