"""Which of a file's columns is which input of a model: by name, or by the name that TensorFlow made of it."""

from collections.abc import Collection, Sequence

from modules.features import served_name, spelled_name
from pipeline.errors import DataError
from tables.faults import nearest


def locate(inputs: Collection[str], names: Sequence[str], *, table: str, reader: str) -> dict[str, int]:
    """Return the position of each input's column.

    Args:
        inputs: What the model's signature reads.
        names: The columns that there are.
        table: What a sentence calls the file.
        reader: What a sentence calls the model.

    Raises:
        DataError: Columns are missing; the sentence names all of them.
    """
    writings = (served_name, spelled_name, str)
    positions = {written(name): index for written in writings for index, name in enumerate(names)}
    missing = [name for name in inputs if name not in positions]
    if missing:
        used = {positions[name] for name in inputs if name in positions}
        spare = [name for index, name in enumerate(names) if index not in used]
        received = ", ".join(f"no {name!r}{nearest(name, spare)}" for name in missing)
        remedy = f"add or rename the column{'s' if len(missing) > 1 else ''}"
        raise DataError(table, f"the {len(inputs)} columns that {reader} reads", received, remedy)
    return {name: positions[name] for name in inputs}
