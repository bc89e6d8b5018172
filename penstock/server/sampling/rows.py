"""A request and its answer as rows of a table."""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping

import numpy as np
import pyarrow as pa

from penstock.core.request_log import ABOUT, OUTPUT, REQUEST, ROW, SIGNATURE, TIME, VERSION
from penstock.server.copying.answered import Answered
from penstock.server.sampling.examples import columns_of_examples
from penstock.server.sampling.options import Sampling

_HASH_CHARACTERS = 32


def batch_of(answered: Answered, sampling: Sampling) -> pa.RecordBatch | None:
    """Return the rows of a request: its inputs, its outputs, its time, id, version and signature; None without rows.

    Serialized examples are decoded, so that each of their features is a column. A tensor that has another number of
    rows than the inputs, or more than two dimensions, is left out.
    """
    sizes = {len(values) if values.ndim else -1 for values in answered.inputs.values()}
    if len(sizes) != 1 or min(sizes) < 1:
        return None
    count = sizes.pop()
    columns: dict[str, pa.Array] = {
        TIME: pa.array([int(answered.time * 1e6)] * count, pa.timestamp("us", "UTC")),
        REQUEST: pa.array([answered.request_id] * count, pa.string()),
        ROW: pa.array(range(count), pa.int64()),
        VERSION: pa.array([answered.version] * count, pa.int64()),
        SIGNATURE: pa.array([answered.signature] * count, pa.string()),
    }
    columns |= _inputs(answered.inputs, count, sampling)
    columns |= {OUTPUT + name: column for name, column in _columns(answered.outputs, count, sampling).items()}
    about = {ABOUT: _about(answered, sampling)}
    return pa.RecordBatch.from_arrays(list(columns.values()), list(columns)).replace_schema_metadata(about)


def _about(answered: Answered, sampling: Sampling) -> bytes:
    columns = {"hashed": sorted(sampling.hashed), "without": sorted(sampling.without)}
    about = {"model": answered.model, "signature": answered.signature, "share": sampling.share, **columns}
    return json.dumps(about).encode()


def _inputs(tensors: Mapping[str, np.ndarray], count: int, sampling: Sampling) -> dict[str, pa.Array]:
    if len(tensors) > 1:
        return _columns(tensors, count, sampling)
    [values] = tensors.values()
    decoded = columns_of_examples(values.tolist()) if values.dtype.kind == "O" and values.ndim == 1 else None
    if decoded is None:
        # The only text of a signature may be anything, such as an image.
        return _columns(tensors, count, sampling, binary=True)
    return {
        name: _hashed(column, sampling.key) if sampling.hashes(name) else column
        for name, column in decoded.items()
        if not sampling.leaves_out(name)
    }


def _columns(
    tensors: Mapping[str, np.ndarray], count: int, sampling: Sampling, *, binary: bool = False
) -> dict[str, pa.Array]:
    found = {}
    for name in sorted(tensors):
        values = tensors[name]
        if sampling.leaves_out(name) or values.ndim not in (1, 2) or len(values) != count:
            continue
        column = _column(values, binary=binary)
        found[name] = _hashed(column, sampling.key, values) if sampling.hashes(name) else column
    return found


def _column(values: np.ndarray, *, binary: bool) -> pa.Array:
    if values.ndim == 2:
        if values.shape[1] != 1:
            return _lists(_column(values.ravel(), binary=binary), values.shape)
        values = values.ravel()
    if values.dtype.kind != "O":
        return pa.array(values if values.dtype.isbuiltin else values.astype(np.float32))
    if binary:
        return pa.array(values.tolist(), pa.binary())
    return pa.array([value.decode("utf-8", "replace") for value in values.tolist()], pa.string())


def _lists(inner: pa.Array, shape: tuple[int, ...]) -> pa.Array:
    offsets = np.arange(shape[0] + 1, dtype=np.int32) * shape[1]
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), inner)


def _hashed(column: pa.Array, key: bytes, values: np.ndarray | None = None) -> pa.Array:
    """Return the hash of each value; a missing one stays missing."""
    if pa.types.is_list(column.type):
        inner = column.flatten()
        return pa.ListArray.from_arrays(column.offsets, _hashed(inner, key, None if values is None else values.ravel()))
    # Text is hashed as it was sent, also if it is not UTF-8.
    plain = column.to_pylist() if values is None else values.ravel().tolist()
    return pa.array(_hashes(plain, key), pa.string())


def _hashes(values: Iterable[object], key: bytes) -> list[str | None]:
    missing = (b"", "", None)
    return [None if value in missing or value != value else _hash(value, key) for value in values]


def _hash(value: object, key: bytes) -> str:
    text = value if isinstance(value, bytes) else (value if isinstance(value, str) else repr(value)).encode()
    return hmac.new(key, text, hashlib.sha256).hexdigest()[:_HASH_CHARACTERS]
