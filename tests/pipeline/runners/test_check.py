"""The check of a configuration for a target: everything is found at once, and nothing is written."""

import pytest

from penstock.config.loading import load
from penstock.core.errors import ConfigError

pytestmark = pytest.mark.slow

READY = [
    *("data.source=gs://b/rows.csv", "push.directory=gs://b/models"),
    *("kubeflow.root=gs://mine/runs", "kubeflow.image=registry.example.com/penstock:1"),
]


def found(tmp_path, *settings, target="kubeflow"):
    from pipeline.runners.check import check

    findings = check(load(tmp_path / "pipeline.toml", settings, {}), target)
    return [(each.verdict, each.name) for each in findings]


@pytest.mark.parametrize("target", ["kubeflow", "vertex"])
def test_configuration_for_a_target_has_no_findings(config, tmp_path, target):
    assert found(tmp_path, *READY, target=target) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pipeline.toml"]


def test_everything_is_found_at_once_and_problems_come_first(config, tmp_path):
    settings = [
        *READY,
        *("push.directory=models", "data.source=postgresql://ada:hidden@h/d"),
        *("metadata.uri=postgresql://ada:hidden@h/m", "beam.runner=flink", 'beam.options=["--job_endpoint=flink:1"]'),
        *("kubeflow.cache.Pusher=true", "kubeflow.resources.Trainr.cpu=1", "kubeflow.image=penstock"),
    ]
    assert found(tmp_path, *settings) == [
        ("problem", "ExampleGen"),
        ("problem", "push.directory"),
        ("problem", "kubeflow.resources.Trainr"),
        ("problem", "kubeflow.cache.Pusher"),
        ("problem", "beam.runner"),
        ("ignored", "metadata.uri"),
        ("check", "kubeflow.image"),
    ]


def test_problems_of_a_check_are_those_that_a_compilation_names(config, tmp_path):
    from pipeline.runners import kubeflow

    settings = [*READY, "kubeflow.secrets.KEY=bucket/key", "kubeflow.cache.Resolver=true"]
    with pytest.raises(ConfigError) as caught:
        kubeflow.compile(load(tmp_path / "pipeline.toml", settings, {}), tmp_path / "out", "vertex")
    assert caught.value.received == "2 that they cannot"
    problems = [name for verdict, name in found(tmp_path, *settings, target="vertex") if verdict == "problem"]
    assert [line.partition(": ")[0] for line in caught.value.details] == problems
    assert not (tmp_path / "out").exists()


def test_error_of_the_definition_is_a_problem(config, tmp_path, monkeypatch):
    from pipeline.runners import kubeflow

    def failing(config):
        raise ConfigError("schema.pbtxt", "a schema", "none", "write one")

    monkeypatch.setattr(kubeflow, "create_pipeline", failing)
    assert found(tmp_path, *READY) == [("problem", "schema.pbtxt")]
