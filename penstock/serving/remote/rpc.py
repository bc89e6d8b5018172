"""TensorFlow Serving's gRPC interface, as a client."""

import threading
from collections.abc import Mapping
from typing import Any

import grpc
import numpy as np

from penstock.core.errors import ConfigError, DataError
from penstock.core.text import shorten
from penstock.serving.model.scorer import SIGNATURE
from penstock.serving.remote.address import Address
from penstock.serving.remote.rest import ANSWER_SECONDS
from penstock.serving.remote.retrying import Patience, Unanswered, asked_pause, repeated
from penstock.serving.remote.signature import RemoteSignature, Tensor

# A call that its server cancels, while this process did not, was lost with the server.
_BUSY = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.CANCELLED)
_SERVICE = "/tensorflow.serving.PredictionService/"


class RpcModel:
    """A model on a server, over one connection.

    Attributes:
        name: The address, for messages.
    """

    def __init__(self, address: Address, connections: int, token: str | None, patience: Patience) -> None:
        """Take the address, the number of requests at a time, which share a connection, and a bearer token."""
        # Its messages contain TensorFlow's.
        from tensorflow_serving.apis import get_model_metadata_pb2, predict_pb2

        self.name = f"{address.host} (gRPC), {address.path.removeprefix(address.prefix)}"
        self._address, self._patience = address, patience
        self._closed = threading.Event()
        self._metadata = (("authorization", f"Bearer {token}"),) if token else ()
        options = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
        credentials = grpc.ssl_channel_credentials()
        self._channel = (
            grpc.secure_channel(address.host, credentials, options)
            if address.secure
            else grpc.insecure_channel(address.host, options)
        )
        self._predict = self._channel.unary_unary(
            f"{_SERVICE}Predict",
            request_serializer=predict_pb2.PredictRequest.SerializeToString,
            response_deserializer=predict_pb2.PredictResponse.FromString,
        )
        self._describe = self._channel.unary_unary(
            f"{_SERVICE}GetModelMetadata",
            request_serializer=get_model_metadata_pb2.GetModelMetadataRequest.SerializeToString,
            response_deserializer=get_model_metadata_pb2.GetModelMetadataResponse.FromString,
        )

    def close(self) -> None:
        """Close the connection, and repeat nothing more."""
        self._closed.set()
        self._channel.close()

    def signature(self) -> RemoteSignature:
        """Return the signature that the server's metadata has.

        Raises:
            ConfigError: The model has no such signature.
            DataError: The server has no such model, or does not answer.
        """
        from tensorflow_serving.apis import get_model_metadata_pb2

        request = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=["signature_def"])
        self._address_in(request.model_spec)
        answer = self._send(self._describe, request)
        signatures = get_model_metadata_pb2.SignatureDefMap()
        answer.metadata["signature_def"].Unpack(signatures)
        if SIGNATURE not in signatures.signature_def:
            received = ", ".join(sorted(signatures.signature_def)) or "none"
            raise ConfigError(self.name, f"the signature {SIGNATURE}", received, "name another model")
        found = signatures.signature_def[SIGNATURE]
        inputs, outputs = ({k: _tensor(v) for k, v in each.items()} for each in (found.inputs, found.outputs))
        return RemoteSignature(int(answer.model_spec.version.value), inputs, outputs)

    def predict(self, inputs: Mapping[str, np.ndarray]) -> tuple[dict[str, Any], int | None]:
        """Return the outputs for columns, and the version that answered.

        Raises:
            DataError: The server refuses the rows, or does not answer.
        """
        import tensorflow as tf
        from tensorflow_serving.apis import predict_pb2

        request = predict_pb2.PredictRequest()
        self._address_in(request.model_spec)
        request.model_spec.signature_name = SIGNATURE
        for name, values in inputs.items():
            request.inputs[name].CopyFrom(tf.make_tensor_proto(values))
        answer = self._send(self._predict, request)
        try:
            outputs = {name: tf.make_ndarray(values) for name, values in answer.outputs.items()}
        except (TypeError, ValueError) as error:
            received = f"tensors of another form ({shorten(str(error), 60)})"
            raise DataError(self.name, "predictions", received, "check what answers at this address") from None
        version = answer.model_spec.version.value if answer.model_spec.HasField("version") else None
        return outputs, version

    def _address_in(self, spec: Any) -> None:
        spec.name = self._address.name
        if self._address.version is not None:
            spec.version.value = self._address.version
        elif self._address.label is not None:
            spec.version_label = self._address.label

    def _send(self, call: Any, request: Any) -> Any:
        return repeated(lambda: self._attempt(call, request), self.name, self._patience, self._closed.wait)

    def _attempt(self, call: Any, request: Any) -> Any:
        try:
            return call(request, timeout=ANSWER_SECONDS, metadata=self._metadata)
        except grpc.RpcError as error:
            reason = f"{error.code().name} ({shorten(' '.join(str(error.details()).split()), 200)})"
            if error.code() in _BUSY:
                asked = dict(error.trailing_metadata() or ()).get("retry-after")
                raise Unanswered(reason, asked_pause(asked if isinstance(asked, str) else None)) from None
            raise DataError(self.name, "predictions", reason, "correct the rows, --url or --version") from None


def _tensor(info: Any) -> Tensor:
    from tensorflow.core.framework import types_pb2

    shape = None if info.tensor_shape.unknown_rank else tuple(int(each.size) for each in info.tensor_shape.dim)
    return Tensor(types_pb2.DataType.Name(info.dtype), shape)
