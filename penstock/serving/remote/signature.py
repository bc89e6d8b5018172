"""The signature of a model on a server: names, types and shapes of its inputs and outputs."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from penstock.core.errors import ConfigError, DataError
from penstock.serving.model.scorer import Kind, output_column

_NUMBERS = {
    "DT_FLOAT": np.float32, "DT_DOUBLE": np.float64, "DT_HALF": np.float16, "DT_INT8": np.int8, "DT_INT16": np.int16,
    "DT_INT32": np.int32, "DT_INT64": np.int64, "DT_UINT8": np.uint8, "DT_UINT16": np.uint16, "DT_UINT32": np.uint32,
    "DT_UINT64": np.uint64, "DT_BOOL": np.bool_,
}  # fmt: skip
_REMEDY = "name another model, or send tf.Examples with another client"


@dataclass(frozen=True)
class Tensor:
    """An input or an output: its type, as `DT_FLOAT`, and its shape, -1 for an unknown length; None if unknown."""

    dtype: str
    shape: tuple[int, ...] | None

    @property
    def width(self) -> int | None:
        """The length of a list in each row, None for single values."""
        return self.shape[1] if self.shape is not None and len(self.shape) == 2 and self.shape[1] > 0 else None


@dataclass(frozen=True)
class RemoteSignature:
    """A signature of a model on a server.

    Attributes:
        version: The version that has it.
        inputs: The inputs by name.
        outputs: The outputs by name.
    """

    version: int
    inputs: Mapping[str, Tensor]
    outputs: Mapping[str, Tensor]

    def kinds(self, name: str) -> dict[str, Kind]:
        """Return what each input takes.

        Raises:
            ConfigError: An input takes something else than plain columns.
        """
        return {alias: _kind(name, alias, tensor) for alias, tensor in sorted(self.inputs.items())}

    def widths(self) -> dict[str, int]:
        """Return the length of each list, by input."""
        return {alias: tensor.width for alias, tensor in self.inputs.items() if tensor.width and tensor.width > 1}

    def to_send(self, alias: str, values: np.ndarray) -> np.ndarray:
        """Return the values of an input with its type and shape.

        Raises:
            DataError: A whole number or a boolean is missing, or is not one.
        """
        tensor = self.inputs[alias]
        if tensor.dtype != "DT_STRING":
            kind = _NUMBERS[tensor.dtype]
            if not np.issubdtype(kind, np.floating):
                with np.errstate(invalid="ignore"):
                    converted = values.astype(kind)
                fits = converted.astype(np.float64) == values
                if not fits.all():
                    received = repr(values[~fits].reshape(-1)[0].item())
                    remedy = "add or correct the values"
                    raise DataError(f"the input {alias!r}", f"whole numbers ({tensor.dtype})", received, remedy)
                values = converted
            else:
                values = values.astype(kind)
        return values.reshape(-1, 1) if tensor.width == 1 else values

    def received(self, alias: str, values: object, rows: int, name: str) -> pa.Array:
        """Return an output of an answer as a column.

        Raises:
            DataError: It does not have a value for each row.
        """
        kind = _NUMBERS.get(self.outputs[alias].dtype)
        try:
            found = np.array(values, dtype=object if kind is None else kind)
        except (ValueError, TypeError, OverflowError):
            raise _unusable(name, f"other values in {alias!r}") from None
        if found.ndim == 0 or len(found) != rows:
            raise _unusable(name, f"{found.shape[0] if found.ndim else 'one'} of {rows} in {alias!r}")
        if found.dtype.kind == "f" and np.isnan(found).any() and _has_null(values):
            raise _unusable(name, f"null in {alias!r}")
        if kind is None:
            found = np.array([_bytes(name, value) for value in found.reshape(-1)], dtype=object).reshape(found.shape)
        return output_column(found)


def _has_null(values: object) -> bool:
    """Return whether an answer has a null, which NumPy takes for NaN."""
    return isinstance(values, list) and any(value is None for value in np.array(values, dtype=object).reshape(-1))


def _bytes(name: str, value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode()
    raise _unusable(name, f"{type(value).__name__} in place of text")


def _unusable(name: str, received: str) -> DataError:
    return DataError(name, "a prediction for each row", received, "check what answers at this address")


def _kind(name: str, alias: str, tensor: Tensor) -> Kind:
    rank = None if tensor.shape is None else len(tensor.shape)
    is_known = tensor.dtype == "DT_STRING" or tensor.dtype in _NUMBERS
    if not is_known or (rank not in (None, 1) and tensor.width is None):
        received = f"{tensor.dtype} of shape {list(tensor.shape or ())}"
        raise ConfigError(f"the input {alias!r} of {name}", "one value or one list per row", received, _REMEDY)
    if tensor.dtype == "DT_STRING":
        return "text"
    return "vector" if (tensor.width or 1) > 1 else "number"
