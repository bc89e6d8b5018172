"""A client of TensorFlow Serving's gRPC interface, for golden rows; it imports TensorFlow when it is made."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from penstock.core.errors import PenstockError, StoreError
from penstock.core.text import shorten
from penstock.parity.rest import ANSWER_SECONDS, PAUSES, Refused

_METHOD = "/tensorflow.serving.PredictionService/Predict"


class GrpcServer:
    """A model of a server.

    Attributes:
        name: The address, for messages.
    """

    def __init__(self, address: str, model: str, version: int | None, token: str | None = None) -> None:
        """Open a channel; nothing is sent.

        Args:
            address: HOST:PORT.
            model: The name of the model.
            version: The number of the version; None for the latest.
            token: A bearer token.
        """
        import grpc
        from tensorflow_serving.apis import predict_pb2

        self.name = f"grpc://{address}"
        self._model, self._version = model, version
        self._metadata = [("authorization", f"Bearer {token}")] if token else None
        limits = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
        self._channel = grpc.insecure_channel(address, limits)
        self._call = self._channel.unary_unary(
            _METHOD, predict_pb2.PredictRequest.SerializeToString, predict_pb2.PredictResponse.FromString
        )

    def close(self) -> None:
        """Close the channel."""
        self._channel.close()

    def predict(self, signature: str, inputs: Mapping[str, tuple[str, Sequence[Any]]]) -> dict[str, list[Any]]:
        """Return the outputs of a signature for inputs, each with its type.

        Raises:
            Refused: The server refuses the request.
            StoreError: The server does not answer.
        """
        import grpc
        from tensorflow import make_ndarray

        request = predict_request(signature, inputs, self._model, self._version)
        for pause in (*PAUSES, None):
            try:
                answer = self._call(request, timeout=ANSWER_SECONDS, metadata=self._metadata)
                return {name: make_ndarray(tensor).tolist() for name, tensor in answer.outputs.items()}
            except grpc.RpcError as error:
                is_busy = error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED)
                if pause is None or not is_busy:
                    raise self._refused(error, is_busy=is_busy) from None
            time.sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    def _refused(self, error: Any, *, is_busy: bool) -> PenstockError:
        received = f"{error.code().name}: {shorten(' '.join(str(error.details()).split()), 200)}"
        if is_busy or error.code().name in ("DEADLINE_EXCEEDED", "UNAUTHENTICATED", "PERMISSION_DENIED"):
            return StoreError(self.name, "an answer", received, "start the server, or correct --grpc")
        refused = Refused(self.name, "an answer", received, "look at the server's log")
        refused.status = 404 if error.code().name == "NOT_FOUND" else 400
        return refused


def predict_request(
    signature: str, inputs: Mapping[str, tuple[str, Sequence[Any]]], model: str, version: int | None = None
) -> Any:
    """Return a PredictRequest of TensorFlow Serving."""
    from tensorflow_serving.apis import predict_pb2

    request = predict_pb2.PredictRequest()
    request.model_spec.name, request.model_spec.signature_name = model, signature
    if version is not None:
        request.model_spec.version.value = version
    for name, (kind, values) in inputs.items():
        request.inputs[name].CopyFrom(_tensor(kind, values))
    return request


def _tensor(kind: str, values: Sequence[Any]) -> Any:
    import numpy as np
    from tensorflow import make_tensor_proto

    if kind == "string":
        return make_tensor_proto([as_bytes(value) for value in values], dtype=kind, shape=[len(values)])
    return make_tensor_proto(np.asarray(values, kind))


def as_bytes(value: Any) -> bytes:
    """Return text as bytes: UTF-8, or what an object of JSON has in base64."""
    import base64

    if isinstance(value, Mapping):
        return base64.b64decode(value["b64"])
    return value if isinstance(value, bytes) else str(value).encode()
