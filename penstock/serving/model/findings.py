"""The counts of values that are unseen in training, or far outside its range, in scored rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from penstock.core.vocabulary import FILE, count_unseen, parse
from penstock.serving.model.document import Document, Input

_VOCABULARY = Path("assets") / FILE
# A share of unseen values above that of the evaluation by this factor, and by this share, gives a warning.
_FACTOR, _SHARE = 2.0, 0.01


@dataclass
class Counts:
    """The counts of one column: its values, those unseen in training, and those outside the range of the schema."""

    present: int = 0
    unseen: int = 0
    outside: int = 0


@dataclass
class Findings:
    """The counts of scored rows.

    Attributes:
        inputs: The columns that the model reads.
        vocabularies: The values of the training rows, by the number of the vocabulary.
        rows: The number of scored rows.
        counts: The counts by column.
    """

    inputs: Sequence[Input]
    vocabularies: Sequence[Sequence[str]]
    rows: int = 0
    counts: dict[str, Counts] = field(default_factory=dict)

    @classmethod
    def of(cls, document: Document, directory: Path) -> "Findings":
        """Return empty counts for the model in a folder."""
        numbers = [each.vocabulary for each in document.inputs if each.vocabulary is not None]
        file = directory / _VOCABULARY
        known = file.is_file() and numbers
        return cls(document.inputs, parse(file.read_bytes(), _columns(file.read_bytes())) if known else ())

    def add(self, wanted: Input, values: pa.Array) -> None:
        """Count some values of a column, which have the types of examples."""
        counts = self.counts.setdefault(wanted.name, Counts())
        counts.present += len(values) - values.null_count
        if wanted.vocabulary is not None and wanted.vocabulary < len(self.vocabularies):
            counts.unseen += count_unseen(values, self.vocabularies[wanted.vocabulary])
        elif not pa.types.is_binary(values.type):
            for bound, is_outside in ((wanted.low, pc.less), (wanted.high, pc.greater)):
                if bound is not None:
                    outside = is_outside(values.cast(pa.float64(), safe=False), bound)
                    counts.outside += int(pc.sum(outside).as_py() or 0)

    def merge(self, rows: int, counts: Mapping[str, Counts]) -> None:
        """Add the counts of further rows."""
        self.rows += rows
        for name, found in counts.items():
            known = self.counts.setdefault(name, Counts())
            known.present += found.present
            known.unseen += found.unseen
            known.outside += found.outside

    @property
    def notes(self) -> list[str]:
        """A sentence for each column with values that are unseen in training or far outside its range."""
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
    """Return the number of columns of a file of vocabularies, from the separator on its last line."""
    return int(content.rstrip(b"\n").rpartition(b"\n")[2].rstrip(b"\x1e") or 0)
