"""Which of a file's columns is which input of a model: by its own name, else by the name that TensorFlow made of it."""

from collections.abc import Iterable, Sequence

from modules.features import hexadecimal_name, served_name, spelled_name
from pipeline.errors import DataError
from serving.document import Input
from tables.faults import nearest


def locate(inputs: Sequence[Input], names: Sequence[str], *, table: str, reader: str) -> dict[str, Input]:
    """Return the column of the file for each input, as column and input.

    Args:
        inputs: What the model reads.
        names: The columns that there are.
        table: What a sentence calls the file.
        reader: What a sentence calls the model.

    Raises:
        DataError: Columns are missing, and the sentence names all of them; or several may be meant.
    """
    found, missing = {}, []
    for wanted in inputs:
        candidates = _candidates(wanted, names)
        if len(candidates) > 1:
            shown = " and ".join(map(repr, candidates))
            expected = f"one column for {wanted.name!r}, which {reader} reads"
            raise DataError(table, expected, f"{shown}", "rename or drop one of them")
        if candidates:
            found[candidates[0]] = wanted
        else:
            missing.append(wanted)
    if missing:
        spare = [name for name in names if name not in found]
        received = ", ".join(f"no {wanted.name!r}{nearest(wanted.name, spare)}" for wanted in missing)
        remedy = f"add or rename the column{'s' if len(missing) > 1 else ''}"
        raise DataError(table, f"the {len(inputs)} columns that {reader} reads", received, remedy)
    return found


def _candidates(wanted: Input, names: Sequence[str]) -> list[str]:
    """Return the columns that may be meant: those of the very name, else those that TensorFlow would give the name."""
    exact = _among(names, [wanted.source, wanted.name])
    if exact:
        return exact
    return _among(names, [name for name in names if wanted.input in _served(name)])


def _served(name: str) -> tuple[str, ...]:
    """Return the names that the input of a column may have in a signature."""
    return name, served_name(name), spelled_name(name), hexadecimal_name(name)


def _among(names: Sequence[str], wanted: Iterable[str | None]) -> list[str]:
    return [name for name in dict.fromkeys(wanted) if name is not None for other in names if other == name]
