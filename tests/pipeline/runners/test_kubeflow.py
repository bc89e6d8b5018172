"""The compiled specification contains every node and edge; nodes that KFP cannot express are refused."""

import json

import pytest
import yaml

from penstock.config.loading import load
from penstock.core.errors import ConfigError
from pipeline.nodes import nodes_of
from tests.e2e.conftest import CONFIGURATION

pytestmark = pytest.mark.slow


@pytest.fixture
def config(tmp_path):
    file = tmp_path / "pipeline.toml"
    file.write_text(CONFIGURATION)
    return load(file, environment={})


def edges(pipeline):
    return {node.id: {upstream.id for upstream in node.upstream_nodes} for node in pipeline.components}


def node_of(task):
    """Return the node of a task; KFP compiles a Resolver of the latest blessed model to two."""
    return task.partition("-")[0] if task.endswith("-resolver") else task


@pytest.mark.parametrize("target", ["kubeflow", "vertex"])
@pytest.mark.parametrize("settings", [[], ["tuning.trials=2", "model.warm_start=true"]], ids=["plain", "tuned"])
def test_both_files_contain_every_node_and_edge(config, tmp_path, target, settings):
    from pipeline.definition import create_pipeline
    from pipeline.runners import kubeflow

    config = load(tmp_path / "pipeline.toml", settings, environment={})
    files = kubeflow.compile(config, tmp_path / "out", target)
    assert [file.name for file in files] == [f"small-taxi-{target}.json", f"small-taxi-{target}.yaml"]
    job, specification = json.loads(files[0].read_text()), yaml.safe_load(files[1].read_text())
    assert job["pipelineSpec"]["schemaVersion"] == "2.0.0"
    assert specification["schemaVersion"] == "2.1.0"
    assert job["runtimeConfig"]["gcsOutputDirectory"] == config.kubeflow.root
    expected = edges(create_pipeline(config))
    assert set(expected) == set(nodes_of(config))
    for found in (job["pipelineSpec"], specification):
        tasks = found["root"]["dag"]["tasks"]
        assert {
            node_of(name): {node_of(n) for n in task.get("dependentTasks", [])} for name, task in tasks.items()
        } == (expected)


def test_the_image_and_the_root_come_from_the_configuration(tmp_path):
    from pipeline.runners import kubeflow

    file = tmp_path / "pipeline.toml"
    file.write_text(CONFIGURATION + '[kubeflow]\nimage = "registry/penstock:7"\nroot = "gs://mine/runs"\n')
    written = kubeflow.compile(load(file, environment={}), tmp_path / "out", "kubeflow")[0].read_text()
    assert "registry/penstock:7" in written
    assert "gs://mine/runs" in written


def test_nodes_that_kfp_cannot_express_are_named_and_nothing_is_written(config, tmp_path, monkeypatch):
    from tfx.components.infra_validator.component import InfraValidator
    from tfx.dsl.components.common.resolver import Resolver
    from tfx.dsl.input_resolution.strategies.span_range_strategy import SpanRangeStrategy
    from tfx.proto import infra_validator_pb2, range_config_pb2
    from tfx.types import standard_artifacts
    from tfx.types.channel import Channel

    from pipeline import definition
    from pipeline.runners import kubeflow

    def extended(config):
        pipeline = definition.create_pipeline(config)
        trainer = next(node for node in pipeline.components if node.id == "Trainer")
        span = Resolver(
            strategy_class=SpanRangeStrategy,
            config={"range_config": range_config_pb2.RangeConfig()},
            examples=Channel(type=standard_artifacts.Examples),
        ).with_id("Spans")
        infra = InfraValidator(
            model=trainer.outputs["model"],
            serving_spec=infra_validator_pb2.ServingSpec(
                tensorflow_serving=infra_validator_pb2.TensorFlowServing(tags=["latest"]),
                local_docker=infra_validator_pb2.LocalDockerConfig(),
            ),
        )
        pipeline.components = [*pipeline.components, span, infra]
        return pipeline

    monkeypatch.setattr(kubeflow, "create_pipeline", extended)
    with pytest.raises(ConfigError) as caught:
        kubeflow.compile(config, tmp_path / "out", "kubeflow")
    assert {line.split(":")[0] for line in caught.value.details} == {"InfraValidator", "Spans"}
    assert "SpanRangeStrategy" in " ".join(caught.value.details)
    assert not (tmp_path / "out").exists()


def test_rows_of_a_database_cannot_be_compiled(tmp_path):
    from pipeline.runners import kubeflow

    file = tmp_path / "pipeline.toml"
    file.write_text(CONFIGURATION.replace('source = "trips.csv"', 'source = "postgresql://ada:hidden@host/db"'))
    with pytest.raises(ConfigError) as caught:
        kubeflow.compile(load(file, environment={}), tmp_path / "out", "kubeflow")
    (line,) = caught.value.details
    assert line.startswith("ExampleGen: KFP's driver looks for files")
    assert not (tmp_path / "out").exists()
