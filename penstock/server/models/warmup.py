"""Warm-up: requests in the folder of a version, which are run before it is served, as in TensorFlow Serving."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from penstock.server.errors import Code, ServingError

if TYPE_CHECKING:
    from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

    from penstock.server.models.servable import Servable

REQUESTS = Path("assets.extra/tf_serving_warmup_requests")
MOST = 1000
_DEFAULT = "serving_default"


def warm_up(servable: "Servable", folder: Path) -> int:
    """Run the requests in the folder of a version, and return their number.

    Raises:
        ServingError: A request cannot be read, or the model refuses it.
    """
    file = folder / REQUESTS
    if not file.is_file():
        return 0
    count = 0
    for log in _logs(file):
        count += 1
        if count > MOST:
            raise ServingError(
                Code.INVALID_ARGUMENT, f"Number of warmup records exceeds the maximum ({MOST}) at {file}"
            )
        _run(servable, log)
    return count


def _logs(file: Path) -> Iterator["PredictionLog"]:
    import tensorflow as tf
    from google.protobuf.message import DecodeError
    from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

    try:
        for entry in tf.compat.v1.io.tf_record_iterator(str(file)):
            yield PredictionLog.FromString(entry)
    except DecodeError as error:
        raise ServingError(Code.INVALID_ARGUMENT, f"Failed to parse warmup record: {error} from {file}") from error
    except tf.errors.DataLossError as error:
        message = f"{error.message} Please verify your warmup data is in TFRecord format."
        raise ServingError(Code.DATA_LOSS, message) from error


def _run(servable: "Servable", log: "PredictionLog") -> None:
    kind = log.WhichOneof("log_type")
    if kind == "predict_log":
        import tensorflow as tf

        request = log.predict_log.request
        tensors = {alias: tf.make_ndarray(proto) for alias, proto in request.inputs.items()}
        _signature(servable, request.model_spec.signature_name)(tensors)
    elif kind in ("classify_log", "regress_log"):
        request = getattr(log, kind).request
        _run_examples(servable, request.model_spec.signature_name, request.input)
    elif kind == "multi_inference_log":
        request = log.multi_inference_log.request
        for task in request.tasks:
            _run_examples(servable, task.model_spec.signature_name, request.input)
    else:
        raise ServingError(Code.UNIMPLEMENTED, f"Unsupported log_type for warmup: {kind}")


def _run_examples(servable: "Servable", name: str, given: Any) -> None:
    """Call a signature that takes serialized examples."""
    signature = _signature(servable, name)
    if len(signature.inputs) != 1:
        raise ServingError(Code.INVALID_ARGUMENT, f"Expected one input Tensor, but got {len(signature.inputs)}")
    signature({alias: _examples(given) for alias in signature.inputs})


def _examples(given: Any) -> np.ndarray:
    if given.WhichOneof("kind") == "example_list_with_context":
        listed = given.example_list_with_context
        # The features of the context are in each example, unless it has its own.
        merged = [type(each)() for each in listed.examples]
        for example, own in zip(merged, listed.examples, strict=True):
            example.MergeFrom(listed.context)
            for feature in own.features.feature:
                example.features.feature[feature].CopyFrom(own.features.feature[feature])
        examples = merged
    else:
        examples = list(given.example_list.examples)
    return np.array([each.SerializeToString() for each in examples], object)


def _signature(servable: "Servable", name: str) -> Any:
    found = servable.signatures.get(name or _DEFAULT)
    if found is None:
        raise ServingError(Code.FAILED_PRECONDITION, f'Serving signature key "{name or _DEFAULT}" not found.')
    return found
