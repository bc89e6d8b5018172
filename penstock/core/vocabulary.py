"""The vocabulary file: the values of every categorical column in the training rows, one per line.

A line is the number of the column, a unit separator and the value. A line of the number and a record separator begins
each column, and one more such line ends the last.
"""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

FILE = "vocabulary"
UNIT, RECORD = "\x1f", "\x1e"


def parse(content: bytes, columns: int) -> list[list[str]]:
    """Return the values of each of the columns, the most frequent first; empty for a column without values."""
    vocabularies: list[list[str]] = [[] for _ in range(columns)]
    for line in content.decode("utf-8", "replace").split("\n"):
        column, found, value = line.partition(UNIT)
        if found:
            vocabularies[int(column)].append(value)
    return vocabularies


def count_unseen(values: pa.Array, vocabulary: Sequence[str]) -> int:
    """Return how many values are neither missing nor in the vocabulary.

    Args:
        values: An array of int64, float32 or binary, as in examples; null if missing.
        vocabulary: The values in the training rows, as text.
    """
    if pa.types.is_integer(values.type):
        known = pa.array([int(value) for value in vocabulary], values.type)
    else:
        # A floating-point category is its text, as TensorFlow formats it.
        values = _texts(values) if pa.types.is_floating(values.type) else values
        known = pa.array([value.encode() for value in vocabulary], pa.binary())
    present = values.filter(values.is_valid())
    return len(present) - int(pc.sum(pc.is_in(present, value_set=known)).as_py() or 0)


def _texts(values: pa.Array) -> pa.Array:
    return pa.array([None if value is None else b"%f" % value for value in values.to_pylist()], pa.binary())
