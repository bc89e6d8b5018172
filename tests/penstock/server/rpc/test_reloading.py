"""HandleReloadConfigRequest, with TensorFlow Serving's own client over a real connection."""

import shutil

import grpc
import pytest
from google.protobuf import text_format
from tensorflow_serving.apis import model_service_pb2_grpc
from tensorflow_serving.apis.get_model_status_pb2 import GetModelStatusRequest
from tensorflow_serving.apis.model_management_pb2 import ReloadConfigRequest
from tensorflow_serving.apis.model_pb2 import ModelSpec

from penstock.server.errors import ServingError
from penstock.server.models.models import ModelConfig, Models, Policy
from penstock.server.rpc.reloading import configs_of
from penstock.server.rpc.services import Options
from tests.penstock.server.rpc.conftest import serving

pytestmark = pytest.mark.slow


def config(*models):
    text = "".join(f"config {{ {model} }}\n" for model in models)
    return text_format.Parse(f"config {{ model_config_list {{ {text} }} }}", ReloadConfigRequest())


def named(name, folder="/models/m", rest="", platform="tensorflow"):
    return f'name: "{name}" base_path: "{folder}" model_platform: "{platform}" {rest}'


def configs(request, available=()):
    return configs_of(request.config.model_config_list, lambda name, version: (name, version) in available)


@pytest.mark.parametrize(
    ("policy", "read"),
    [
        ("", Policy(latest=1)),
        ("model_version_policy {}", Policy(latest=1)),
        ("model_version_policy { latest {} }", Policy(latest=1)),
        ("model_version_policy { latest { num_versions: 3 } }", Policy(latest=3)),
        ("model_version_policy { all {} }", Policy(every=True)),
        ("model_version_policy { specific { versions: 2 versions: 5 } }", Policy(specific=(2, 5))),
    ],
)
def test_policy_of_versions_is_read(policy, read):
    (found,) = configs(config(named("m", rest=policy)))
    assert (found.name, str(found.folder), found.policy, dict(found.labels)) == ("m", "/models/m", read, {})


def test_labels_and_the_deprecated_type_are_read():
    request = config('name: "m" base_path: "/m" model_type: TENSORFLOW version_labels { key: "stable" value: 2 }')
    (found,) = configs(request, {("m", 2)})
    assert dict(found.labels) == {"stable": 2}


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        (config(named("m"), named("m")), "INVALID_ARGUMENT: Illegal to list model m multiple times in config list"),
        (config(named("")), "INVALID_ARGUMENT: Expected a name for each model of the config list; got an empty one"),
        (
            config(named("m", "models/m")),
            "INVALID_ARGUMENT: Expected model m to have an absolute path or URI; got base_path()=models/m",
        ),
        (
            config(named("m", "")),
            "INVALID_ARGUMENT: Expected model m to have an absolute path or URI; got base_path()=",
        ),
        (
            config(named("m", "gs://bucket/m")),
            "INVALID_ARGUMENT: Expected model m to have a path of this machine; got base_path()=gs://bucket/m",
        ),
        (
            config(named("m", platform="")),
            "INVALID_ARGUMENT: Illegal setting neither ModelServerConfig::model_type (deprecated) nor "
            "ModelServerConfig::model_platform, model name is m",
        ),
        (
            config(named("m", rest="model_type: TENSORFLOW")),
            "INVALID_ARGUMENT: Illegal setting both ModelServerConfig::model_type (deprecated) and "
            "ModelServerConfig::model_platform, model name is m",
        ),
        (
            config('name: "m" base_path: "/m" model_type: OTHER'),
            "INVALID_ARGUMENT: ModelServerConfig::model_type choice 2 not supported.",
        ),
        (
            config(named("m", platform="pytorch")),
            "INVALID_ARGUMENT: Model m requests unsupported platform pytorch",
        ),
        (
            config(named("m", rest="model_version_policy { specific {} }")),
            "INVALID_ARGUMENT: Expected at least one version of a specific policy; got none",
        ),
        (
            config(named("m", rest='version_labels { key: "new" value: 3 }')),
            "FAILED_PRECONDITION: Request to assign label to version 3 of model m, which is not currently available "
            "for inference",
        ),
    ],
)
def test_configuration_that_cannot_be_used_is_refused(request_, text):
    with pytest.raises(ServingError) as caught:
        configs(request_)
    assert str(caught.value) == text


@pytest.fixture
def own(mixed_model, tmp_path):
    """The port of a server that tests may change, and the folder of its model."""
    folder = shutil.copytree(mixed_model, tmp_path / "mixed")
    with serving(Models([ModelConfig("mixed", folder)])) as port:
        yield port, folder


def client(port):
    return model_service_pb2_grpc.ModelServiceStub(grpc.insecure_channel(f"127.0.0.1:{port}"))


def available(stub, name):
    answer = stub.GetModelStatus(GetModelStatusRequest(model_spec=ModelSpec(name=name)))
    return [each.version for each in answer.model_version_status if each.state == 30]


def test_models_of_the_request_replace_those_before(own, estimator_model):
    port, folder = own
    stub = client(port)
    assert available(stub, "mixed") == [2]
    policy = "model_version_policy { all {} }"
    request = config(named("mixed", folder, policy), named("estimator", estimator_model))
    request.metric_names.append("/tensorflow/core/saved_model/load_attempt_count")
    answer = stub.HandleReloadConfigRequest(request)
    assert (answer.status.error_code, answer.status.error_message) == (0, "")
    assert [each.name for each in answer.metric] == list(request.metric_names)
    assert (available(stub, "mixed"), available(stub, "estimator")) == ([2, 1], [7])


def test_label_moves_to_another_version_that_is_loaded(own, refused):
    port, folder = own
    stub = client(port)
    every = "model_version_policy { all {} }"
    label = 'version_labels {{ key: "stable" value: {} }}'
    code, text = refused(stub.HandleReloadConfigRequest, config(named("mixed", folder, every + label.format(1))))
    assert (code, "which is not currently available" in text) == ("FAILED_PRECONDITION", True)
    stub.HandleReloadConfigRequest(config(named("mixed", folder, every)))
    for version in (1, 2):
        stub.HandleReloadConfigRequest(config(named("mixed", folder, every + label.format(version))))
        assert available(stub, "mixed") == [2, 1]


@pytest.mark.parametrize("request_", [ReloadConfigRequest(), ReloadConfigRequest(config={"custom_model_config": {}})])
def test_other_configuration_than_a_list_is_refused(own, refused, request_):
    code, text = refused(client(own[0]).HandleReloadConfigRequest, request_)
    assert code == "INVALID_ARGUMENT"
    assert text.startswith("ServerModelConfig type not supported by HandleReloadConfigRequest.")


def test_server_without_permission_keeps_its_models(models, refused):
    with serving(models, Options(may_reload=False)) as port:
        text = "The server was started without permission to change its models."
        assert refused(client(port).HandleReloadConfigRequest, config()) == ("PERMISSION_DENIED", text)
        assert available(client(port), "mixed") == [2, 1]
