"""Which of a file's columns is which input of a model: by its own name, else by the name that TensorFlow made of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from modules.features import hexadecimal_name, served_name, spelled_name
from pipeline.errors import DataError
from pipeline.text import did_you_mean
from serving.document import Document, Input


@dataclass(frozen=True)
class Located:
    """An input of a model, and the column of a file that holds its values.

    Attributes:
        input: The input.
        column: The column; of what is computed from others, the first of them.
        is_computed: Whether the input is computed from columns of the file.
    """

    input: Input
    column: str
    is_computed: bool = False

    @property
    def is_taken(self) -> bool:
        """Whether the file has to bring what training computes."""
        return bool(self.input.role) and self.input.source is None and not self.is_computed


def locate(document: Document, names: Sequence[str], *, table: str, reader: str) -> tuple[Located, ...]:
    """Return the column of the file for each input, in the order of the inputs.

    Args:
        document: What the model reads.
        names: The columns that there are.
        table: What a sentence calls the file.
        reader: What a sentence calls the model.

    Raises:
        DataError: Columns are missing, and the sentence names all of them; or several may be meant.
    """
    present = set(names)
    computed = {each.name for each in document.inputs if each.sql and {need.name for need in each.needs} <= present}
    own = {wanted.name: _of_own_name(document, wanted, names) for wanted in document.inputs}
    taken = {name for candidates in own.values() for name in candidates}
    spare = [name for name in names if name not in taken]
    found: list[Located] = []
    missing: list[str] = []
    for wanted in document.inputs:
        if wanted.name in computed:
            # Also where the file has a column of its name: with the columns of the source it is like the source.
            found.append(Located(wanted, wanted.needs[0].name if wanted.needs else names[0], is_computed=True))
            continue
        candidates = own[wanted.name] or _of_served_name(document, wanted, spare)
        if len(candidates) > 1:
            shown = " and ".join(map(repr, candidates))
            expected = f"one column for {wanted.name!r}, which {reader} reads"
            raise DataError(table, expected, shown, "rename or drop one of them")
        if candidates:
            found.append(Located(wanted, candidates[0]))
        else:
            missing += _lacking(document, wanted, names)
    if missing:
        spare = [name for name in spare if name not in {each.column for each in found}]
        received = ", ".join(f"no {name!r}{did_you_mean(name, spare)}" for name in dict.fromkeys(missing))
        remedy = f"add or rename the column{'s' if len(missing) > 1 else ''}"
        raise DataError(table, f"the {len(document.inputs)} columns that {reader} reads", received, remedy)
    return tuple(found)


def _lacking(document: Document, wanted: Input, names: Sequence[str]) -> list[str]:
    """Return the columns that a file lacks for an input: of one that replaces a column, what it is computed from."""
    if wanted.sql and wanted.name in document.sources:
        return [need.name for need in wanted.needs if need.name not in names]
    return [wanted.name]


def _of_own_name(document: Document, wanted: Input, names: Sequence[str]) -> list[str]:
    """Return the columns named as the input is in the source of the training, or after its query."""
    if wanted.sql and wanted.name in document.sources:
        return []  # The column of this name is not yet what the query makes of it.
    if wanted.source in names and wanted.name in document.sources:
        # The source has another column of this name, so that a file with both looks like the source.
        return [str(wanted.source)]
    return [name for name in dict.fromkeys((wanted.source, wanted.name)) if name is not None and name in names]


def _of_served_name(document: Document, wanted: Input, names: Sequence[str]) -> list[str]:
    """Return the columns that may be meant by the input's name in the signature."""
    if wanted.input in names:
        return [wanted.input]
    if document.sources:
        return []  # The model says what its columns are called, and no other name is theirs.
    inputs = {each.input for each in document.inputs}
    rest = names
    for change in (hexadecimal_name, spelled_name, served_name):
        found = [name for name in rest if change(name) == wanted.input]
        if found:
            return found
        # What is another input's by a change that loses less is not this one's.
        rest = [name for name in rest if change(name) not in inputs]
    return []
