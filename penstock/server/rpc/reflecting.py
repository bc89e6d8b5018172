"""What reflection describes: every service and message of the server, in a pool of their own.

The files of tensorflow-serving-api for its services are of an old form, which today's protobuf refuses; only those of
its messages can be imported. So the services are described here.
"""

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2
from tensorflow_serving.apis import (
    classification_pb2,
    get_model_metadata_pb2,
    get_model_status_pb2,
    inference_pb2,
    model_management_pb2,
    predict_pb2,
    regression_pb2,
)

from penstock.server.rpc.inference_v2 import messages

_PACKAGE = "tensorflow.serving"
PREDICTION, MODEL = f"{_PACKAGE}.PredictionService", f"{_PACKAGE}.ModelService"

# By file: the service, and its methods with the file and the beginning of the names of their messages.
_SERVICES: dict[str, tuple[str, dict[str, tuple[Any, str]]]] = {
    "tensorflow_serving/apis/prediction_service.proto": (
        "PredictionService",
        {
            "Classify": (classification_pb2, "Classification"),
            "Regress": (regression_pb2, "Regression"),
            "Predict": (predict_pb2, "Predict"),
            "MultiInference": (inference_pb2, "MultiInference"),
            "GetModelMetadata": (get_model_metadata_pb2, "GetModelMetadata"),
        },
    ),
    "tensorflow_serving/apis/model_service.proto": (
        "ModelService",
        {
            "GetModelStatus": (get_model_status_pb2, "GetModelStatus"),
            "HandleReloadConfigRequest": (model_management_pb2, "ReloadConfig"),
        },
    ),
}


def described() -> descriptor_pool.DescriptorPool:
    """Return a pool with the services of the server and all that their messages need."""
    pool = descriptor_pool.DescriptorPool()
    added: set[str] = set()
    for file in (messages.POOL.FindFileByName(messages.FILE), health_pb2.DESCRIPTOR, reflection_pb2.DESCRIPTOR):
        _add(pool, file, added)
    for name, (service, methods) in _SERVICES.items():
        for module, _ in methods.values():
            _add(pool, module.DESCRIPTOR, added)
        pool.Add(_service(name, service, methods))
    return pool


def _add(pool: descriptor_pool.DescriptorPool, file: Any, added: set[str]) -> None:
    """Add a file after those that it needs."""
    if file.name in added:
        return
    added.add(file.name)
    for needed in file.dependencies:
        _add(pool, needed, added)
    copy = descriptor_pb2.FileDescriptorProto()
    file.CopyToProto(copy)
    pool.Add(copy)


def _service(name: str, service: str, methods: dict[str, tuple[Any, str]]) -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(name=name, package=_PACKAGE, syntax="proto3")
    file.dependency.extend(dict.fromkeys(module.DESCRIPTOR.name for module, _ in methods.values()))
    made = file.service.add(name=service)
    for method, (_, start) in methods.items():
        message = f".{_PACKAGE}.{start}"
        made.method.add(name=method, input_type=f"{message}Request", output_type=f"{message}Response")
    return file
