"""Warm-up requests: TensorFlow Serving sends them to a version that it has loaded, before others can use it.

The file is an uncompressed TFRecord file of at most 1,000 PredictionLogs, `assets.extra/tf_serving_warmup_requests`.
"""

from collections.abc import Iterator
from typing import Any

from penstock.parity.forms import COLUMNS, EXAMPLES, EXAMPLES_INPUT, sendable
from penstock.parity.golden import GoldenRows

BATCH_SIZES = (1, 2, 8, 32, 100)


def records(rows: GoldenRows, model: str) -> Iterator[bytes]:
    """Yield serialized PredictionLogs with requests of several sizes for each signature of a model.

    Args:
        rows: The golden rows.
        model: The name of the model; a server sends the requests to the version that it loads, whatever its name.
    """
    sizes = sorted({min(size, len(rows)) for size in BATCH_SIZES})
    for size in sizes:
        part = rows.part(0, size)
        columns = {name: (part.types[name], sendable(values)) for name, values in part.columns.items()}
        yield _log(COLUMNS, columns, model)
        yield _log(EXAMPLES, {EXAMPLES_INPUT: ("string", part.serialized())}, model)


def _log(signature: str, inputs: Any, model: str) -> bytes:
    from tensorflow_serving.apis import prediction_log_pb2

    from penstock.parity.rpc import predict_request

    request = predict_request(signature, inputs, model)
    log = prediction_log_pb2.PredictionLog(predict_log=prediction_log_pb2.PredictLog(request=request))
    content: bytes = log.SerializeToString(deterministic=True)
    return content
