"""Settings that a target ignores, and those to check before a run."""

import pytest

from penstock.config.loading import load
from pipeline.runners.remarks import ignored_settings, settings_to_check

TAG = "the tag latest moves, and outputs of older code are reused: give each state its own tag"
ACCELERATOR = "kubeflow.resources.Trainer.accelerator=NVIDIA_L4"


def loaded(tmp_path, *settings, target="kubeflow"):
    return load(tmp_path / "pipeline.toml", settings, {}).compiled_for(target)


@pytest.mark.parametrize(
    ("target", "setting", "finding"),
    [
        ("kubeflow", "state.directory=elsewhere", ("state.directory", "only the log of this command is written there")),
        ("kubeflow", "kubeflow.retry_wait=5", ("kubeflow.retry_wait", "kubeflow.retries is 0")),
        ("kubeflow", "vertex.region=europe-west4", ("vertex", "it is for the target vertex")),
        ("vertex", "kubeflow.namespace=ada", ("kubeflow.namespace", "it is for the target kubeflow")),
        ("vertex", "kubeflow.host=http://k", ("kubeflow.host", "it is for the target kubeflow")),
        (
            "vertex",
            "kubeflow.resources.Resolver.cpu=1",
            ("kubeflow.resources.Resolver", "Vertex AI resolves the model without a container"),
        ),
    ],
)
def test_setting_without_effect_is_named_with_the_reason(config, tmp_path, target, setting, finding):
    assert ignored_settings(loaded(tmp_path, setting, target=target)) == dict([finding])


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("postgresql://ada:hidden@host/mlmd", "postgresql://ada@host/mlmd"),
        ("sqlite:///runs.sqlite", "sqlite:///runs.sqlite"),
        ("sqlite://", "sqlite://"),
    ],
)
def test_metadata_store_is_ignored_and_its_password_not_shown(config, tmp_path, uri, shown):
    found = ignored_settings(loaded(tmp_path, f"metadata.uri={uri}"))
    assert found == {"metadata.uri": f"{shown}: the service records runs in its own store"}


def test_accelerator_of_a_family_that_uses_none_is_ignored(config, tmp_path):
    found = ignored_settings(loaded(tmp_path, ACCELERATOR, "model.family=trees", target="vertex"))
    assert found == {"kubeflow.resources.Trainer.accelerator": "the family trees uses none"}
    assert ignored_settings(loaded(tmp_path, ACCELERATOR, target="vertex")) == {}


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (
            ["data.source=rows/trips.csv"],
            {"data.source": "rows/trips.csv has to be in the image, in the folder of the project"},
        ),
        (
            ["data.source=/rows/trips.csv"],
            {"data.source": "/rows/trips.csv has to be in the image or mounted in the containers"},
        ),
        (
            ["schema.file=schema.pbtxt"],
            {"schema.file": "schema.pbtxt has to be in the image, in the folder of the project"},
        ),
        (["data.source=/gcs/rows/trips.csv", "push.directory=/gcs/b/models"], {}),
        (
            ["push.directory=s3://b/models"],
            {"push.directory": "s3://b/models needs the package tensorflow-io in the image"},
        ),
        (["push.directory=/models"], {"push.directory": "/models has to be mounted in the containers"}),
        (
            ["kubeflow.root=gs://bucket/penstock"],
            {"kubeflow.root": "gs://bucket/penstock is a placeholder: name a bucket of yours"},
        ),
        (
            ["kubeflow.image=penstock:1"],
            {"kubeflow.image": "penstock:1 names no registry: each machine of the cluster has to have it"},
        ),
        (["kubeflow.image=registry.example.com:5000/penstock"], {"kubeflow.image": TAG}),
        (["kubeflow.image=ada/penstock:latest"], {"kubeflow.image": TAG}),
        (["kubeflow.image=ada/penstock@sha256:0a"], {}),
        (
            ["model.family=auto", "model.time_limit=60"],
            {"model.time_limit": "a container with fewer cores tries fewer models in that time"},
        ),
    ],
)
def test_what_depends_on_the_cluster_is_to_be_checked(config, tmp_path, settings, expected):
    ready = [
        "data.source=gs://b/rows.csv",
        "push.directory=gs://b/models",
        "kubeflow.root=gs://mine/runs",
        "kubeflow.image=r.example.com/p:1",
    ]
    assert settings_to_check(loaded(tmp_path, *ready, *settings)) == expected


def test_folder_that_vertex_does_not_mount_is_to_be_checked(config, tmp_path):
    reason = "/models has to be mounted in the containers, and Vertex AI mounts buckets only, as /gcs/BUCKET"
    assert settings_to_check(loaded(tmp_path, "push.directory=/models", target="vertex"))["push.directory"] == reason
