"""A request and its answer as rows of a table."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyarrow as pa

from penstock.server.sampling.options import Sampling

# Names of columns that the log adds; an output has the last one in front of its name.
TIME, REQUEST, VERSION, OUTPUT = "penstock_time", "penstock_request", "penstock_version", "penstock_output_"
_HASH_CHARACTERS = 32


@dataclass(frozen=True)
class Answered:
    """A request and its answer.

    Attributes:
        model: The name of the model.
        version: The version that answered.
        signature: The name of the signature.
        inputs: The tensors of the request.
        outputs: The tensors of the answer.
        request_id: The id of the request; empty if there is none.
        time: When it was answered, in seconds since 1970.
    """

    model: str
    version: int
    signature: str
    inputs: Mapping[str, np.ndarray] = field(repr=False)
    outputs: Mapping[str, np.ndarray] = field(repr=False)
    request_id: str = ""
    time: float = 0.0

    @cached_property
    def size(self) -> int:
        """How many bytes its values need in memory."""
        tensors = (*self.inputs.values(), *self.outputs.values())
        texts = sum(len(value) for values in tensors if values.dtype.kind == "O" for value in values.flat)
        return texts + sum(values.nbytes for values in tensors)


def batch_of(answered: Answered, sampling: Sampling) -> pa.RecordBatch | None:
    """Return the rows of a request: its inputs, its outputs, its time, id and version; None if it has no rows.

    A tensor that has another number of rows than the inputs, or more than two dimensions, is left out.
    """
    sizes = {len(values) if values.ndim else -1 for values in answered.inputs.values()}
    if len(sizes) != 1 or min(sizes) < 1:
        return None
    count = sizes.pop()
    columns: dict[str, pa.Array] = {
        TIME: pa.array([int(answered.time * 1e6)] * count, pa.timestamp("us", "UTC")),
        REQUEST: pa.array([answered.request_id] * count, pa.string()),
        VERSION: pa.array([answered.version] * count, pa.int64()),
    }
    columns |= _columns(answered.inputs, "", count, sampling)
    columns |= _columns(answered.outputs, OUTPUT, count, sampling)
    return pa.RecordBatch.from_arrays(list(columns.values()), list(columns))


def _columns(tensors: Mapping[str, np.ndarray], prefix: str, count: int, sampling: Sampling) -> dict[str, pa.Array]:
    # The only text of a signature is most likely a serialized example.
    binary = len(tensors) == 1
    found = {}
    for name in sorted(tensors):
        values = tensors[name]
        if name in sampling.without or values.ndim not in (1, 2) or len(values) != count:
            continue
        found[prefix + name] = _column(values, name in sampling.hashed, sampling.key, binary=binary)
    return found


def _column(values: np.ndarray, hashed: bool, key: bytes, *, binary: bool) -> pa.Array:  # noqa: FBT001
    if values.ndim == 2:
        if values.shape[1] != 1:
            inner = _column(values.ravel(), hashed, key, binary=binary)
            offsets = np.arange(len(values) + 1, dtype=np.int32) * values.shape[1]
            return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), inner)
        values = values.ravel()
    if hashed:
        return pa.array(_hashes(values.tolist(), key), pa.string())
    if values.dtype.kind != "O":
        return pa.array(values if values.dtype.isbuiltin else values.astype(np.float32))
    if binary:
        return pa.array(values.tolist(), pa.binary())
    return pa.array([value.decode("utf-8", "replace") for value in values.tolist()], pa.string())


def _hashes(values: Iterable[object], key: bytes) -> list[str | None]:
    """Return the hash of each value; a missing one stays missing."""
    missing = (b"", None)
    return [None if value in missing or value != value else _hash(value, key) for value in values]


def _hash(value: object, key: bytes) -> str:
    text = value if isinstance(value, bytes) else repr(value).encode()
    return hmac.new(key, text, hashlib.sha256).hexdigest()[:_HASH_CHARACTERS]
