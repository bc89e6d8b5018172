"""The method HandleReloadConfigRequest: other models, versions and labels without a restart."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tensorflow_serving.apis.model_management_pb2 import Metric, ReloadConfigRequest, ReloadConfigResponse
from tensorflow_serving.apis.status_pb2 import StatusProto
from tensorflow_serving.config import model_server_config_pb2
from tensorflow_serving.config.file_system_storage_path_source_pb2 import FileSystemStoragePathSourceConfig

from penstock.server.errors import Code, ServingError
from penstock.server.inference.signatures import invalid
from penstock.server.models.models import ModelConfig, Models, Policy
from penstock.server.models.states import State
from penstock.server.rpc.calls import Call

_PLATFORM = "tensorflow"


def reload(models: Models, request: ReloadConfigRequest, _: Call) -> ReloadConfigResponse:
    """Serve the models of a request from now on, and no others.

    Raises:
        ServingError: The configuration cannot be used; the models stay as they are.
    """
    if request.config.WhichOneof("config") != "model_config_list":
        raise invalid(
            "ServerModelConfig type not supported by HandleReloadConfigRequest. Only ModelConfigList is currently "
            "supported"
        )
    configs = configs_of(request.config.model_config_list, lambda name, version: _available(models, name, version))
    # TensorFlow Serving's configuration has no challengers: a model keeps its own.
    challengers = {each.name: each.challenger for each in models.configs()}
    models.reload([replace(each, challenger=challengers.get(each.name, "")) for each in configs])
    # The metrics are Prometheus's, so none of TensorFlow's has increased.
    metrics = [Metric(name=name, int64_value_increase=0) for name in request.metric_names]
    return ReloadConfigResponse(status=StatusProto(error_code=Code.OK), metric=metrics)


def refuse(_: ReloadConfigRequest, __: Call) -> ReloadConfigResponse:
    """Refuse to serve other models.

    Raises:
        ServingError: Always.
    """
    raise ServingError(Code.PERMISSION_DENIED, "The server was started without permission to change its models.")


def configs_of(
    given: model_server_config_pb2.ModelConfigList, available: Callable[[str, int], bool]
) -> list[ModelConfig]:
    """Return the models of a configuration of TensorFlow Serving.

    Args:
        given: The configuration.
        available: Whether a version of a model can be used now.

    Raises:
        ServingError: It cannot be used.
    """
    seen = set()
    for config in given.config:
        if config.name in seen:
            raise invalid(f"Illegal to list model {config.name} multiple times in config list")
        seen.add(config.name)
    for config in given.config:
        _check(config, available)
    return [
        ModelConfig(each.name, Path(each.base_path), _policy(each.model_version_policy), dict(each.version_labels))
        for each in given.config
    ]


def _check(config: model_server_config_pb2.ModelConfig, available: Callable[[str, int], bool]) -> None:
    if not config.name:
        raise invalid("Expected a name for each model of the config list; got an empty one")
    path = config.base_path
    if not path.startswith("/") and "://" not in path:
        raise invalid(f"Expected model {config.name} to have an absolute path or URI; got base_path()={path}")
    if not path.startswith("/") or "\0" in path:
        raise invalid(f"Expected model {config.name} to have a path of this machine; got base_path()={path}")
    if not config.model_platform and not config.model_type:
        raise invalid(
            "Illegal setting neither ModelServerConfig::model_type (deprecated) nor "
            f"ModelServerConfig::model_platform, model name is {config.name}"
        )
    if config.model_platform and config.model_type:
        raise invalid(
            "Illegal setting both ModelServerConfig::model_type (deprecated) and "
            f"ModelServerConfig::model_platform, model name is {config.name}"
        )
    if config.model_type not in (0, model_server_config_pb2.TENSORFLOW):
        raise invalid(f"ModelServerConfig::model_type choice {config.model_type} not supported.")
    if config.model_platform not in ("", _PLATFORM):
        raise invalid(f"Model {config.name} requests unsupported platform {config.model_platform}")
    for version in config.version_labels.values():
        if not available(config.name, version):
            raise ServingError(
                Code.FAILED_PRECONDITION,
                f"Request to assign label to version {version} of model {config.name}, which is not currently "
                "available for inference",
            )


def _policy(given: FileSystemStoragePathSourceConfig.ServableVersionPolicy) -> Policy:
    choice = given.WhichOneof("policy_choice")
    if choice == "all":
        return Policy(every=True)
    if choice == "specific":
        if not given.specific.versions:
            raise invalid("Expected at least one version of a specific policy; got none")
        return Policy(specific=tuple(given.specific.versions))
    return Policy(latest=max(given.latest.num_versions, 1))


def _available(models: Models, name: str, version: int) -> bool:
    try:
        return any(each.state == State.AVAILABLE for each in models.states(name, version))
    except ServingError:
        return False
