"""The requests of the benchmark: rows of random values in the forms that a server reads."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

Rows = Mapping[str, np.ndarray]


def rows_of(signature: Any, count: int) -> dict[str, np.ndarray]:
    """Return rows of random whole numbers and words, the same in each run."""
    import tensorflow as tf

    random = np.random.default_rng(0)
    words = np.array([b"Cash", b"Credit Card", b"", b"Unknown"], object)
    rows = {}
    for alias, info in signature.inputs.items():
        shape = (count, *(size or 1 for size in (info.shape or (None,))[1:]))
        dtype = tf.dtypes.as_dtype(info.dtype)
        whole = random.integers(1, 12, shape)
        rows[alias] = words[whole % len(words)] if dtype == tf.string else whole.astype(dtype.as_numpy_dtype)
    return rows


def rest_body(rows: Rows, key: str = "instances") -> bytes:
    """Return the rows as a request of JSON."""
    columns = {
        alias: [each.decode() for each in values] if values.dtype == object else values.tolist()
        for alias, values in rows.items()
    }
    names = list(columns)
    instances = [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return json.dumps({key: instances}).encode()


def grpc_message(rows: Rows) -> bytes:
    """Return the rows as a PredictRequest."""
    import tensorflow as tf
    from tensorflow_serving.apis.predict_pb2 import PredictRequest

    request = PredictRequest()
    request.model_spec.name = "m"
    for alias, values in rows.items():
        request.inputs[alias].CopyFrom(tf.make_tensor_proto(values))
    return bytes(request.SerializeToString())
