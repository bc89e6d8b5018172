"""Which column a difference comes from: the one without whose value the server and the model agree."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from penstock.core.errors import PenstockError
from penstock.parity.comparison import Mismatch, compare
from penstock.parity.forms import Form
from penstock.parity.golden import GoldenRows

# By example and column, the example without that column.
Without = Callable[[bytes, str], bytes]
Predict = Callable[[Sequence[bytes]], dict[str, list[Any]]]


@dataclass(frozen=True)
class Offline:
    """The model offline.

    Attributes:
        predict: Returns the outputs for serialized examples.
        without: Returns an example without a column.
    """

    predict: Predict
    without: Without


def columns_of(form: Form, server: Any, row: GoldenRows, offline: Offline, tolerance: float) -> list[str]:
    """Return the columns of a row, each of which alone makes the difference; none if it cannot be found out.

    Args:
        form: The form of request that differs.
        server: The server.
        row: The row alone.
        offline: The model offline.
        tolerance: The difference that passes.
    """
    present = [name for name, values in row.columns.items() if not is_missing(values[0])]
    found = []
    for name in present:
        try:
            variant = _without(row, name, offline)
            largest = compare(variant.expected, form.send(server, variant))
        except (Mismatch, PenstockError):  # a value that is required
            continue
        if all(each.size <= tolerance for each in largest.values()):
            found.append(row.names.get(name, name))
    return found


def is_missing(value: Any) -> bool:
    """Return whether a value of a golden row is missing."""
    return value is None or value == "" or (isinstance(value, list | tuple) and all(map(is_missing, value)))


def _without(row: GoldenRows, name: str, offline: Offline) -> GoldenRows:
    import base64

    example = offline.without(row.serialized()[0], row.names.get(name, name))
    expected = {output: tuple(values) for output, values in offline.predict([example]).items()}
    return row.model_copy(
        update={
            "columns": {**row.columns, name: (_missing(row.columns[name][0]),)},
            "examples": (base64.b64encode(example).decode(),),
            "expected": expected,
        }
    )


def _missing(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(map(_missing, value))
    return "" if isinstance(value, str | dict) else None
