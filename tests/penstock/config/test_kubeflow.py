"""Resources, caching, secrets and addresses of compiled pipelines: values that are accepted, and errors of others."""

import pytest

from penstock.config.kubeflow import ACCELERATORS, Kubeflow, Resources
from penstock.core.errors import ConfigError
from tests.metadata_store import configuration

CORES = "cores such as 2, 0.5 or '500m'"
BYTES = "a number and one of Ki, M, Mi, G, Gi, T, Ti, such as '4Gi'"
SECRET = "SECRET/KEY, the name of a Kubernetes secret and of a key in it"


@pytest.mark.parametrize(
    ("cpu", "text", "cores"), [(2, "2", 2.0), (0.5, "0.5", 0.5), ("500m", "500m", 0.5), ("3", "3", 3.0)]
)
def test_cores_are_kept_as_text_and_known_as_a_number(cpu, text, cores):
    found = Resources(cpu=cpu)
    assert (found.cpu, found.cores) == (text, cores)


@pytest.mark.parametrize(
    ("memory", "gigabytes"),
    [("4Gi", 4.294967296), ("4G", 4.0), ("500M", 0.5), ("512Mi", 0.536870912), ("1Ti", 1099.511627776)],
)
def test_memory_is_kept_as_text_and_known_in_gigabytes(memory, gigabytes):
    found = Resources(memory=memory)
    assert (found.memory, found.gigabytes) == (memory, gigabytes)


def test_resources_that_are_not_set_are_zero():
    found = Resources()
    assert (found.cpu, found.cores, found.memory, found.gigabytes, found.accelerator) == (None, 0.0, None, 0.0, None)


@pytest.mark.parametrize(
    ("setting", "key", "expected", "received"),
    [
        ("kubeflow.resources.Trainer.cpu=0", "kubeflow.resources.Trainer.cpu", CORES, "0"),
        ("kubeflow.resources.Trainer.cpu=0m", "kubeflow.resources.Trainer.cpu", CORES, "'0m'"),
        ("kubeflow.resources.Trainer.cpu=-1", "kubeflow.resources.Trainer.cpu", CORES, "-1"),
        ("kubeflow.resources.Trainer.cpu=true", "kubeflow.resources.Trainer.cpu", CORES, "True"),
        ("kubeflow.resources.Trainer.cpu=two", "kubeflow.resources.Trainer.cpu", CORES, "'two'"),
        ("kubeflow.resources.Trainer.cpu=1.5m", "kubeflow.resources.Trainer.cpu", CORES, "'1.5m'"),
        ("kubeflow.resources.default.memory=4", "kubeflow.resources.default.memory", BYTES, "4"),
        (
            "kubeflow.resources.default.memory=4GB",
            "kubeflow.resources.default.memory",
            BYTES,
            "'4GB' (did you mean '4G'?)",
        ),
        (
            "kubeflow.resources.default.memory=4 GiB",
            "kubeflow.resources.default.memory",
            BYTES,
            "'4 GiB' (did you mean '4Gi'?)",
        ),
        ("kubeflow.resources.default.memory=512m", "kubeflow.resources.default.memory", BYTES, "'512m'"),
        ("kubeflow.resources.default.memory=0Gi", "kubeflow.resources.default.memory", BYTES, "'0Gi'"),
        ("kubeflow.resources.default.memory=1.5Gi", "kubeflow.resources.default.memory", BYTES, "'1.5Gi'"),
        (
            "kubeflow.resources.Trainer.gpu=1",
            "kubeflow.resources.Trainer.gpu",
            "one of cpu, memory, accelerator, accelerators",
            "an unknown key (did you mean 'cpu'?)",
        ),
        ("kubeflow.resources.Trainer=2", "kubeflow.resources.Trainer", "a table", "2"),
        (
            "kubeflow.resources.Trainer.accelerators=3",
            "kubeflow.resources.Trainer.accelerators",
            "1, 2, 4, 8 or 16",
            "3",
        ),
        ("kubeflow.retries=-1", "kubeflow.retries", "a number of at least 0", "-1"),
        ("kubeflow.retries=21", "kubeflow.retries", "a number of at most 20", "21"),
        ("kubeflow.retry_wait=7200", "kubeflow.retry_wait", "a number of at most 3600", "7200"),
        ("kubeflow.cache.Trainer=maybe", "kubeflow.cache.Trainer", "`true` or `false`", "'maybe'"),
        (
            "kubeflow.host=kubeflow.example.com",
            "kubeflow.host",
            "an address that begins with http:// or https://",
            "'kubeflow.example.com'",
        ),
        (
            "kubeflow.host=ftp://kubeflow.example.com",
            "kubeflow.host",
            "an address that begins with http:// or https://",
            "'ftp://kubeflow.example.com'",
        ),
        (
            "kubeflow.host=https://ada:hidden@kubeflow.example.com",
            "kubeflow.host",
            "an address without a user and a password",
            "'https://...@kubeflow.example.com'",
        ),
        (
            "vertex.endpoint=https://aiplatform.example.com",
            "vertex.endpoint",
            "text that matches ^[\\w.-]+(:\\d{1,5})?$",
            "'https://aiplatform.example.com'",
        ),
        ("vertex.region=Europe", "vertex.region", "text that matches ^[a-z]+-[a-z]+\\d+$", "'Europe'"),
    ],
)
def test_wrong_value_is_refused_with_the_right_ones(tmp_path, setting, key, expected, received):
    with pytest.raises(ConfigError) as caught:
        configuration(tmp_path, setting)
    assert (caught.value.what, caught.value.expected, caught.value.received) == (
        f"{tmp_path / 'pipeline.toml'}: {key}",
        expected,
        received,
    )


@pytest.mark.parametrize("name", ["nvidia.com/gpu", "cloud-tpus.google.com/v3", *ACCELERATORS])
def test_accelerators_of_both_services_are_accepted(name):
    assert Resources(accelerator=name).accelerator == name


@pytest.mark.parametrize(
    ("name", "hint"),
    [("nvidia-l4", "(did you mean 'NVIDIA_L4'?)"), ("gpu", ""), ("/gpu", ""), ("nvidia.com/", "'nvidia.com/gpu'")],
)
def test_unknown_accelerator_is_refused_with_both_kinds_of_names(tmp_path, name, hint):
    with pytest.raises(ConfigError) as caught:
        configuration(tmp_path, f"kubeflow.resources.Trainer.accelerator={name}")
    assert "such as 'nvidia.com/gpu', or for Vertex AI one of NVIDIA_TESLA_K80" in caught.value.expected
    assert caught.value.received.startswith(repr(name))
    assert hint in caught.value.received


@pytest.mark.slow
def test_accelerators_of_vertex_are_those_of_its_client():
    from google.cloud.aiplatform_v1.types import AcceleratorType

    assert set(ACCELERATORS) == {each.name for each in AcceleratorType if each.value}


def test_resources_of_a_node_override_those_of_all_one_by_one():
    kubeflow = Kubeflow(
        resources={
            "default": Resources(cpu=1, memory="2Gi"),
            "Trainer": Resources(memory="8Gi", accelerator="nvidia.com/gpu"),
        }
    )
    assert kubeflow.resources_of("Trainer").model_dump() == {
        "cpu": "1",
        "memory": "8Gi",
        "accelerator": "nvidia.com/gpu",
        "accelerators": 1,
    }
    assert kubeflow.resources_of("Evaluator").model_dump(exclude_none=True, exclude_defaults=True) == {
        "cpu": "1",
        "memory": "2Gi",
    }
    assert Kubeflow().resources_of("Trainer") == Resources()


def test_caching_of_a_node_overrides_that_of_all():
    kubeflow = Kubeflow(cache={"default": False, "Trainer": True})
    assert (kubeflow.may_cache("Trainer"), kubeflow.may_cache("Transform")) == (True, False)
    assert Kubeflow().may_cache("Trainer")


@pytest.mark.parametrize("secret", ["bucket/key", "a.b-c/KEY_1", "store/tls.crt"])
def test_names_of_a_secret_and_its_key_are_accepted(tmp_path, secret):
    assert configuration(tmp_path, f"kubeflow.secrets.TOKEN={secret}").kubeflow.secrets == {"TOKEN": secret}


@pytest.mark.parametrize("secret", ["hunter2-hunter2", "Bucket/key", "bucket/", "/key", "bucket/key/more", "20262026"])
def test_what_may_be_the_secret_itself_is_refused_and_not_shown(tmp_path, secret):
    with pytest.raises(ConfigError) as caught:
        configuration(tmp_path, f"kubeflow.secrets.TOKEN={secret}")
    error = caught.value
    assert error.what.endswith("kubeflow.secrets.TOKEN")
    assert (error.expected, error.received) == (SECRET, "something else, not shown")
    assert secret not in str(error)


def test_variable_that_no_shell_accepts_is_refused(tmp_path):
    with pytest.raises(ConfigError) as caught:
        configuration(tmp_path, 'kubeflow.secrets={"1-TOKEN"="bucket/key"}')
    assert (caught.value.expected, caught.value.received) == ("the name of an environment variable", "'1-TOKEN'")


def test_slash_at_the_end_of_the_host_is_left_out(tmp_path):
    config = configuration(tmp_path, "kubeflow.host=http://localhost:8888/pipeline/")
    assert config.kubeflow.host == "http://localhost:8888/pipeline"
