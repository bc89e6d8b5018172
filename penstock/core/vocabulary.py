"""The file of vocabularies: the values of every categorical column that training saw, in one file of lines.

A value stands behind its column's number and a unit separator; a column's number and a record separator alone mark
where its values begin, and one mark more where the last column ends.
"""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

FILE = "vocabulary"
UNIT, RECORD = "\x1f", "\x1e"


def parse(content: bytes, columns: int) -> list[list[str]]:
    """Return the values of each column, the most frequent first."""
    vocabularies: list[list[str]] = [[] for _ in range(columns)]
    for line in content.decode("utf-8", "replace").split("\n"):
        column, found, value = line.partition(UNIT)
        if found:
            vocabularies[int(column)].append(value)
    return vocabularies


def count_unseen(values: pa.Array, vocabulary: Sequence[str]) -> int:
    """Return how many values are there and not in the vocabulary.

    Args:
        values: Values as examples hold them: int64, float32 or binary; null where missing.
        vocabulary: The values that training saw, as text.
    """
    if pa.types.is_integer(values.type):
        known = pa.array([int(value) for value in vocabulary], values.type)
    else:
        # A fraction is a category by its text, as TensorFlow writes it.
        values = _texts(values) if pa.types.is_floating(values.type) else values
        known = pa.array([value.encode() for value in vocabulary], pa.binary())
    present = values.filter(values.is_valid())
    return len(present) - int(pc.sum(pc.is_in(present, value_set=known)).as_py() or 0)


def _texts(values: pa.Array) -> pa.Array:
    return pa.array([None if value is None else b"%f" % value for value in values.to_pylist()], pa.binary())
