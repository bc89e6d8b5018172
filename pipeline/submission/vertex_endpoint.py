"""Deployment of a pushed version to an endpoint of Vertex AI, in the image of the prediction server.

The requests are made and sent by one function, so that a dry run shows the requests that would be sent.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from penstock.config.kubeflow import Vertex
from pipeline.submission.vertex_calls import Command, call, project_and_options

REST_PORT = 8501
# TensorFlow and the model are loaded within five minutes, or the deployment fails.
_STARTUP = {"http_get": {"path": "/readyz", "port": REST_PORT}, "period_seconds": 5, "failure_threshold": 60}
_REMEDIES = {
    403: "grant roles/aiplatform.user in vertex.project, and the use of vertex.service_account",
    409: "repeat it: another command deploys the same at this moment",
}
_EXPECTED = {
    0: "a deployment",
    403: "the permission to upload models and to deploy them",
    404: "the API, the image and the files of the model",
    409: "a model that nobody else is uploading",
}
_AFTERWARDS = "repeat it, since what is there already is not made again"
# Takes the name of a call, such as `ModelService.GetModel`, and its request; returns the answer, or None without one.
Send = Callable[[str, Any], Any]


@dataclass(frozen=True)
class Deployment:
    """What is deployed, and where.

    Attributes:
        model: The name of the model at Vertex AI, and in the paths of the server.
        version: The number of the version.
        artifacts: The folder of the version, in a bucket.
        image: The image of the prediction server.
        endpoint: The display name of the endpoint.
        machine: The type of the machines.
        replicas: The least and the most machines.
        traffic: The share of the requests that the version gets, in percent.
        seconds: How long Vertex AI may take to answer all calls.
    """

    model: str
    version: int
    artifacts: str
    image: str
    endpoint: str
    machine: str = "n1-standard-2"
    replicas: tuple[int, int] = (1, 1)
    traffic: int = 100
    seconds: float = 300


@dataclass(frozen=True)
class Deployed:
    """What Vertex AI answered.

    Attributes:
        model: The resource name of the model with its version.
        endpoint: The resource name of the endpoint.
        operation: The deployment, which goes on for minutes; None if the version was deployed there before.
        without_traffic: The identifiers of earlier deployments at the endpoint that get no requests any more.
    """

    model: str
    endpoint: str
    operation: str | None
    without_traffic: tuple[str, ...] = ()


def deploy(deployment: Deployment, settings: Vertex) -> Deployed:
    """Upload a version and deploy it; what is there already is used.

    Raises:
        ConfigError: The client is not installed, there are no credentials, or Vertex AI refuses the request itself.
        PenstockError: Vertex AI cannot be reached, does not answer in time, or refuses.
    """

    def work() -> Deployed:
        project, options = project_and_options(settings)
        return send_all(deployment, settings, project, _sender(options, deployment.seconds))

    return call(Command("deploy vertex", deployment.seconds, _REMEDIES, _EXPECTED, _AFTERWARDS), settings, work)


def planned(deployment: Deployment, settings: Vertex) -> list[tuple[str, dict[str, Any]]]:
    """Return the calls and their requests as JSON, for a project in which neither the model nor the endpoint exists."""
    from google.protobuf.json_format import MessageToDict

    sent: list[tuple[str, dict[str, Any]]] = []
    project = settings.project or "PROJECT"
    parent = f"projects/{project}/locations/{settings.region}"
    answers = {
        "ModelService.UploadModel": _Answer(model=f"{parent}/models/{deployment.model}", model_version_id="1"),
        "EndpointService.ListEndpoints": [],
        "EndpointService.CreateEndpoint": _Answer(name=f"{parent}/endpoints/ENDPOINT", deployed_models=[]),
    }

    def send(name: str, request: Any) -> Any:
        sent.append((name, MessageToDict(type(request).pb(request))))
        return answers.get(name)

    send_all(deployment, settings, project, send)
    return sent


def send_all(deployment: Deployment, settings: Vertex, project: str, send: Send) -> Deployed:
    """Send the requests of a deployment one after the other."""
    from google.cloud.aiplatform_v1 import types

    parent = f"projects/{project}/locations/{settings.region}"
    model = _uploaded(deployment, settings, parent, send)
    asked = types.ListEndpointsRequest(parent=parent, filter=f'display_name="{deployment.endpoint}"')
    endpoint = next(iter(send("EndpointService.ListEndpoints", asked)), None)
    if endpoint is None:
        new = types.Endpoint(display_name=deployment.endpoint, labels=_labels(deployment))
        endpoint = send("EndpointService.CreateEndpoint", types.CreateEndpointRequest(parent=parent, endpoint=new))
    existing = list(endpoint.deployed_models)
    if any(f"{each.model.partition('@')[0]}@{each.model_version_id}" == model for each in existing):
        return Deployed(model, endpoint.name, None)
    split = shares(dict(endpoint.traffic_split) if existing else {}, deployment.traffic)
    request = types.DeployModelRequest(
        endpoint=endpoint.name, deployed_model=_deployed_model(deployment, settings, model), traffic_split=split
    )
    operation = send("EndpointService.DeployModel", request)
    idle = tuple(each.id for each in existing if not split.get(each.id))
    return Deployed(model, endpoint.name, operation.operation.name if operation else None, idle)


def container(deployment: Deployment) -> dict[str, Any]:
    """Return how Vertex AI runs the image.

    It replaces `$(AIP_STORAGE_URI)` with the folder in which it keeps the files of the model.
    """
    return {
        "image_uri": deployment.image,
        "args": ["--model", f"{deployment.model}=$(AIP_STORAGE_URI)", "--rest-port", "$(AIP_HTTP_PORT)"],
        "ports": [{"container_port": REST_PORT}],
        "predict_route": f"/v1/models/{deployment.model}:predict",
        "health_route": "/readyz",
        "startup_probe": _STARTUP,
    }


def shares(split: Mapping[str, int], percent: int) -> dict[str, int]:
    """Return the shares of the requests in percent: `0` is the new deployment, the others keep their ratio."""
    others = {name: share for name, share in split.items() if share}
    if not others or percent == 100:
        return {"0": 100}
    rest, total = 100 - percent, sum(others.values())
    made = {name: rest * share // total for name, share in others.items()}
    largest = max(others, key=lambda name: others[name])
    made[largest] += rest - sum(made.values())
    return {"0": percent, **{name: share for name, share in made.items() if share}}


def _uploaded(deployment: Deployment, settings: Vertex, parent: str, send: Send) -> str:
    """Return the name of the model with its version, which is uploaded if it does not exist."""
    from google.cloud.aiplatform_v1 import types

    name, alias = f"{parent}/models/{deployment.model}", f"v{deployment.version}"
    there = send("ModelService.GetModel", types.GetModelRequest(name=f"{name}@{alias}"))
    if there is not None:
        return f"{name}@{there.version_id}"
    parent_model = send("ModelService.GetModel", types.GetModelRequest(name=name))
    model = types.Model(
        display_name=deployment.model,
        version_aliases=[alias],
        version_description=f"version {deployment.version} of {deployment.model}",
        artifact_uri=deployment.artifacts,
        container_spec=container(deployment),
        labels=_labels(deployment),
    )
    place = {"parent_model": name} if parent_model is not None else {"model_id": deployment.model}
    request = types.UploadModelRequest(
        parent=parent, model=model, service_account=settings.service_account or "", **place
    )
    answer = send("ModelService.UploadModel", request)
    return f"{answer.model.partition('@')[0]}@{answer.model_version_id}"


def _deployed_model(deployment: Deployment, settings: Vertex, model: str) -> dict[str, Any]:
    least, most = deployment.replicas
    return {
        "model": model,
        "display_name": f"{deployment.model}-v{deployment.version}",
        "service_account": settings.service_account or "",
        "enable_access_logging": True,
        "dedicated_resources": {
            "machine_spec": {"machine_type": deployment.machine},
            "min_replica_count": least,
            "max_replica_count": most,
        },
    }


def _labels(deployment: Deployment) -> dict[str, str]:
    return {"made-by": "penstock", "penstock-model": deployment.model}


@dataclass(frozen=True)
class _Answer:
    """An answer of a dry run."""

    name: str = ""
    model: str = ""
    model_version_id: str = ""
    deployed_models: Any = ()


def _sender(options: Mapping[str, Any], seconds: float) -> Send:
    """Return a function that sends by the official clients."""
    from google.api_core.exceptions import NotFound
    from google.cloud.aiplatform_v1 import EndpointServiceClient, ModelServiceClient

    models, endpoints = ModelServiceClient(**options), EndpointServiceClient(**options)

    def existing(request: Any) -> Any:
        try:
            return models.get_model(request=request, timeout=seconds)
        except NotFound:
            return None

    def listed(request: Any) -> Iterator[Any]:
        return iter(endpoints.list_endpoints(request=request, timeout=seconds))

    calls: dict[str, Callable[[Any], Any]] = {
        "ModelService.GetModel": existing,
        "ModelService.UploadModel": lambda request: models.upload_model(request, timeout=seconds).result(seconds),
        "EndpointService.ListEndpoints": listed,
        "EndpointService.CreateEndpoint": lambda request: endpoints.create_endpoint(request, timeout=seconds).result(
            seconds
        ),
        "EndpointService.DeployModel": lambda request: endpoints.deploy_model(request, timeout=seconds),
    }
    return lambda name, request: calls[name](request)
