"""The services of the prediction server over gRPC."""

from dataclasses import dataclass
from functools import partial
from importlib import metadata

import grpc
from grpc_health.v1 import health, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from tensorflow_serving.apis import model_service_pb2_grpc, prediction_service_pb2_grpc

from penstock.server.models.models import Models
from penstock.server.rpc import examples, reloading, signatures
from penstock.server.rpc.calls import Calls, Handle, Observe, ignored
from penstock.server.rpc.decoding import MOST_BYTES
from penstock.server.rpc.health import Health
from penstock.server.rpc.inference_v2 import messages, service
from penstock.server.rpc.inference_v2.infer import infer
from penstock.server.rpc.predict import predict
from penstock.server.rpc.reflecting import MODEL, PREDICTION, described


@dataclass(frozen=True)
class Options:
    """What the services are allowed.

    Attributes:
        concurrency: How many predictions may run at the same time, above which calls are refused; 0 for any number.
        most_bytes: The largest tensor that a request may ask for by its shape.
        may_reload: Whether a client may replace the models by HandleReloadConfigRequest.
        observe: Called with each call that ended, for the log and the metrics.
    """

    concurrency: int = 0
    most_bytes: int = MOST_BYTES
    may_reload: bool = True
    observe: Observe = ignored


def add_services(server: grpc.Server, models: Models, options: Options = Options()) -> Health:  # noqa: B008
    """Add all services to a server, and return its health, which is stopped before the server.

    They are TensorFlow Serving's, those of the Open Inference Protocol, health checking and reflection.

    Args:
        server: The server, not yet started.
        models: The models.
        options: What the services are allowed.
    """
    calls = Calls(options.concurrency, options.observe)
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(_Prediction(calls, models, options), server)
    model_service_pb2_grpc.add_ModelServiceServicer_to_server(_Model(calls, models, options), server)
    server.add_generic_rpc_handlers((_open_inference(calls, models),))
    names = (PREDICTION, MODEL, messages.FULL_NAME)
    healthy = Health(models, names, calls.ending)
    health_pb2_grpc.add_HealthServicer_to_server(healthy, server)
    reflection.enable_server_reflection((*names, health.SERVICE_NAME, reflection.SERVICE_NAME), server, described())
    return healthy


class _Prediction(prediction_service_pb2_grpc.PredictionServiceServicer):
    """TensorFlow Serving's PredictionService."""

    def __init__(self, calls: Calls, models: Models, options: Options) -> None:
        self.Predict = calls.method("Predict", partial(predict, models, options.most_bytes))
        self.Classify = calls.method("Classify", partial(examples.classify, models))
        self.Regress = calls.method("Regress", partial(examples.regress, models))
        self.MultiInference = calls.method("MultiInference", partial(examples.infer, models))
        self.GetModelMetadata = calls.method("GetModelMetadata", partial(signatures.describe, models), limited=False)


class _Model(model_service_pb2_grpc.ModelServiceServicer):
    """TensorFlow Serving's ModelService."""

    def __init__(self, calls: Calls, models: Models, options: Options) -> None:
        self.GetModelStatus = calls.method("GetModelStatus", partial(signatures.status, models), limited=False)
        change = partial(reloading.reload, models) if options.may_reload else reloading.refuse
        self.HandleReloadConfigRequest = calls.method("HandleReloadConfigRequest", change, limited=False)


def _open_inference(calls: Calls, models: Models) -> grpc.GenericRpcHandler:
    methods: dict[str, Handle] = {
        "ServerLive": service.server_live,
        "ServerReady": partial(service.server_ready, models),
        "ModelReady": partial(service.model_ready, models),
        "ServerMetadata": partial(service.server_metadata, metadata.version("penstock")),
        "ModelMetadata": partial(service.model_metadata, models),
        "ModelInfer": partial(infer, models),
    }
    handlers = {
        name: grpc.unary_unary_rpc_method_handler(
            calls.method(name, handle, limited=name == "ModelInfer"),
            request_deserializer=messages.message(f"{name}Request").FromString,
            response_serializer=messages.message(f"{name}Response").SerializeToString,
        )
        for name, handle in methods.items()
    }
    return grpc.method_handlers_generic_handler(messages.FULL_NAME, handlers)
