"""ModelService and EndpointService of Vertex AI, in memory, for the server of tests/vertex_server.py.

They keep what was made, record each call, and answer with operations, of which the first has to be asked for again.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.cloud.aiplatform_v1 import types
from google.longrunning import operations_pb2
from google.protobuf.json_format import MessageToDict

# The answers to models of these names.
REFUSED = {
    "denied": (grpc.StatusCode.PERMISSION_DENIED, "Permission 'aiplatform.models.upload' denied"),
    "empty": (grpc.StatusCode.INVALID_ARGUMENT, "artifact_uri has no files. Bearer ya29.hidden-token"),
    "nowhere": (grpc.StatusCode.NOT_FOUND, "Image not found"),
    "broken": (grpc.StatusCode.INTERNAL, "Internal error encountered"),
    "busy": (grpc.StatusCode.ABORTED, "The model is being uploaded"),
}

# No answer comes to a model of this name.
SILENT = "silent"


@dataclass
class Services:
    """The two services.

    Attributes:
        calls: The names and the requests of the calls, as JSON, in order.
        models: The versions of models, by the name of the model; one of several aliases finds each.
        endpoints: The endpoints.
        closed: Set when nobody waits any more.
    """

    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    models: dict[str, list[types.Model]] = field(default_factory=dict)
    endpoints: list[types.Endpoint] = field(default_factory=list)
    closed: threading.Event = field(default_factory=threading.Event)
    _pending: dict[str, operations_pb2.Operation] = field(default_factory=dict)

    def handlers(self) -> list[grpc.GenericRpcHandler]:
        """Return the handlers for a server."""
        models = {
            "GetModel": (self._get_model, types.GetModelRequest),
            "UploadModel": (self._upload_model, types.UploadModelRequest),
        }
        endpoints = {
            "GetEndpoint": (self._get_endpoint, types.GetEndpointRequest),
            "ListEndpoints": (self._list_endpoints, types.ListEndpointsRequest),
            "CreateEndpoint": (self._create_endpoint, types.CreateEndpointRequest),
            "DeployModel": (self._deploy_model, types.DeployModelRequest),
        }
        get = grpc.unary_unary_rpc_method_handler(
            lambda request, context: self._pending[request.name],
            request_deserializer=operations_pb2.GetOperationRequest.FromString,
            response_serializer=lambda answer: answer.SerializeToString(),
        )
        return [
            self._service("ModelService", models),
            self._service("EndpointService", endpoints),
            grpc.method_handlers_generic_handler("google.longrunning.Operations", {"GetOperation": get}),
        ]

    def _service(self, name: str, methods: dict[str, tuple[Callable[..., Any], Any]]) -> grpc.GenericRpcHandler:
        made = {}
        for method, (answer, kind) in methods.items():
            made[method] = grpc.unary_unary_rpc_method_handler(
                self._recorded(f"{name}.{method}", answer),
                request_deserializer=kind.deserialize,
                response_serializer=lambda answer: _message(answer).SerializeToString(),
            )
        return grpc.method_handlers_generic_handler(f"google.cloud.aiplatform.v1.{name}", made)

    def _recorded(self, name: str, answer: Callable[..., Any]) -> Callable[..., Any]:
        def work(request: Any, context: grpc.ServicerContext) -> Any:
            self.calls.append((name, MessageToDict(_message(request))))
            return answer(request, context)

        return work

    def _get_model(self, request: types.GetModelRequest, context: grpc.ServicerContext) -> types.Model:
        name, _, alias = request.name.partition("@")
        found = [
            each for each in self.models.get(name, []) if not alias or alias in (*each.version_aliases, each.version_id)
        ]
        if not found:
            context.abort(grpc.StatusCode.NOT_FOUND, f"The Model does not exist: {request.name}")
        return found[-1]

    def _upload_model(self, request: types.UploadModelRequest, context: grpc.ServicerContext) -> Any:
        if request.model.display_name in REFUSED:
            context.abort(*REFUSED[request.model.display_name])
        if request.model.display_name == SILENT:
            self.closed.wait(60)
        name = request.parent_model or f"{request.parent}/models/{request.model_id}"
        versions = self.models.setdefault(name, [])
        assert bool(request.parent_model) == bool(versions)
        model = types.Model(request.model)
        model.name, model.version_id = name, str(len(versions) + 1)
        model.supported_deployment_resources_types = [types.Model.DeploymentResourcesType.DEDICATED_RESOURCES]
        versions.append(model)
        answer = types.UploadModelResponse(model=name, model_version_id=model.version_id)
        return self._operation(f"{name}/operations/1", answer, is_done=False)

    def _get_endpoint(self, request: types.GetEndpointRequest, context: grpc.ServicerContext) -> types.Endpoint:
        [endpoint] = [each for each in self.endpoints if each.name == request.name]
        return endpoint

    def _list_endpoints(
        self, request: types.ListEndpointsRequest, context: grpc.ServicerContext
    ) -> types.ListEndpointsResponse:
        found = [each for each in self.endpoints if request.filter == f'display_name="{each.display_name}"']
        return types.ListEndpointsResponse(endpoints=found)

    def _create_endpoint(self, request: types.CreateEndpointRequest, context: grpc.ServicerContext) -> Any:
        endpoint = types.Endpoint(request.endpoint)
        endpoint.name = f"{request.parent}/endpoints/{7000 + len(self.endpoints)}"
        self.endpoints.append(endpoint)
        return self._operation(f"{endpoint.name}/operations/2", endpoint)

    def _deploy_model(self, request: types.DeployModelRequest, context: grpc.ServicerContext) -> Any:
        [endpoint] = [each for each in self.endpoints if each.name == request.endpoint]
        deployed = types.DeployedModel(request.deployed_model)
        deployed.model, _, deployed.model_version_id = deployed.model.partition("@")
        deployed.id = str(900 + len(endpoint.deployed_models))
        endpoint.deployed_models.append(deployed)
        split = {deployed.id if name == "0" else name: share for name, share in request.traffic_split.items()}
        assert sum(split.values()) == 100
        endpoint.traffic_split = split
        return self._operation(f"{endpoint.name}/operations/3", types.DeployModelResponse(deployed_model=deployed))

    def _operation(self, name: str, answer: Any, *, is_done: bool = True) -> operations_pb2.Operation:
        done = operations_pb2.Operation(name=name, done=True)
        done.response.Pack(_message(answer))
        self._pending[name] = done
        return done if is_done else operations_pb2.Operation(name=name)


def _message(value: Any) -> Any:
    """Return the protobuf message of a value of the client's own types."""
    return type(value).pb(value) if hasattr(type(value), "pb") else value
