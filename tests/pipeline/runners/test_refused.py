"""Settings that prevent the compilation, without TFX; the nodes and places are in the tests of the compiled files."""

import pytest

from penstock.config.loading import load
from pipeline.nodes import nodes_of
from pipeline.runners.refused import refused_settings

DEPENDS = "expected false: what it does depends on more than its inputs"
ONLY_TRAINED = "only Tuner and Trainer can use one"
ACCELERATOR = "kubeflow.resources.Trainer.accelerator"


def refused(tmp_path, *settings, target="kubeflow", flags=()):
    config = load(tmp_path / "pipeline.toml", settings, {}).compiled_for(target)
    return refused_settings(config, flags)


@pytest.mark.parametrize("target", ["kubeflow", "vertex"])
def test_settings_that_a_target_can_have_are_accepted(config, tmp_path, target):
    accelerator = {"kubeflow": "nvidia.com/gpu", "vertex": "NVIDIA_L4"}[target]
    settings = [
        *("kubeflow.resources.default.cpu=2", f"{ACCELERATOR}={accelerator}", "kubeflow.retries=2"),
        *("kubeflow.cache.default=true", "kubeflow.cache.Trainer=false", "kubeflow.cache.Pusher=false"),
    ]
    assert refused(tmp_path, *settings, target=target, flags=("--temp_location=gs://b/t",)) == {}


def test_unknown_nodes_are_named_with_the_right_ones(config, tmp_path):
    settings = ["kubeflow.resources.Trainr.cpu=2", "kubeflow.cache.Tuner=false"]
    found = refused(tmp_path, *settings)
    assert found["kubeflow.resources.Trainr"] == (
        f"expected one of {', '.join(nodes_of(config))}, received 'Trainr' (did you mean 'Trainer'?)"
    )
    assert found["kubeflow.cache.Tuner"] == "expected a node that is configured, received no [tuning]"
    assert len(found) == 2


@pytest.mark.parametrize("node", ["DriftReport", "ExampleGen", "Pusher", "Resolver"])
def test_nodes_that_run_each_time_cannot_be_cached(config, tmp_path, node):
    assert refused(tmp_path, f"kubeflow.cache.{node}=true") == {f"kubeflow.cache.{node}": DEPENDS}


def test_warm_start_cannot_be_cached(config, tmp_path):
    found = refused(tmp_path, "kubeflow.cache.WarmStart=true", "model.warm_start=true")
    assert found == {"kubeflow.cache.WarmStart": DEPENDS}


@pytest.mark.parametrize(
    ("target", "setting", "finding"),
    [
        (
            "kubeflow",
            f"{ACCELERATOR}=NVIDIA_L4",
            (ACCELERATOR, "expected a Kubernetes resource such as nvidia.com/gpu, received 'NVIDIA_L4'"),
        ),
        (
            "vertex",
            f"{ACCELERATOR}=nvidia.com/gpu",
            (ACCELERATOR, "expected a name of Vertex AI such as NVIDIA_L4, received 'nvidia.com/gpu'"),
        ),
        (
            "kubeflow",
            "kubeflow.resources.Pusher.accelerator=nvidia.com/gpu",
            ("kubeflow.resources.Pusher.accelerator", ONLY_TRAINED),
        ),
        (
            "vertex",
            "kubeflow.resources.default.accelerator=NVIDIA_L4",
            ("kubeflow.resources.default.accelerator", ONLY_TRAINED),
        ),
        (
            "vertex",
            "kubeflow.secrets.KEY=bucket/key",
            ("kubeflow.secrets", "Vertex AI has no Kubernetes secrets: give its service account the permissions"),
        ),
        ("vertex", "kubeflow.root=s3://b/r", ("kubeflow.root", "expected a bucket (gs://), received 's3://b/r'")),
        (
            "kubeflow",
            "kubeflow.root=state",
            ("kubeflow.root", "expected a bucket (gs:// or s3:// or minio://), received 'state'"),
        ),
    ],
)
def test_setting_of_the_other_target_is_refused(config, tmp_path, target, setting, finding):
    assert refused(tmp_path, setting, target=target) == dict([finding])


def test_runner_of_beam_other_than_local_is_refused(config, tmp_path):
    found = refused(tmp_path, "beam.runner=flink", 'beam.options=["--job_endpoint=flink:8099"]')
    assert found == {
        "beam.runner": "flink: there ExampleGen needs a folder that all workers have, and the artifacts are in a "
        "bucket: set local"
    }


@pytest.mark.parametrize("place", ["localhost:8099", "127.0.0.1:8099", "[::1]:8099"])
def test_endpoint_on_the_container_itself_is_refused(config, tmp_path, place):
    found = refused(tmp_path, flags=(f"--artifact_endpoint={place}", "--job_endpoint=flink:8099"))
    assert found == {
        "beam.options --artifact_endpoint": f"{place} is the container itself: name a host that it can reach"
    }


@pytest.mark.parametrize("target", ["kubeflow", "vertex"])
def test_baseline_of_an_alias_is_refused(config, tmp_path, target):
    found = refused(tmp_path, "evaluation.baseline=default", target=target)
    assert found["evaluation.baseline"].startswith("default: the alias is looked up on the machine that starts the run")
