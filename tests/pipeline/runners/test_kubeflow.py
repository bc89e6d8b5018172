"""The compiled specification contains every node and edge; nodes that KFP cannot express are refused."""

import json

import pytest
import yaml

from penstock.config.loading import load
from penstock.core.errors import ConfigError
from pipeline.nodes import nodes_of
from pipeline.runners.kubeflow_node import EXECUTOR_INPUT, INPUTS_SPEC
from tests.e2e.conftest import CONFIGURATION

pytestmark = pytest.mark.slow


def edges(pipeline):
    return {node.id: {upstream.id for upstream in node.upstream_nodes} for node in pipeline.components}


def node_of(task):
    """Return the node of a task; KFP compiles a Resolver of the latest blessed model to two."""
    return task.partition("-")[0] if task.endswith("-resolver") else task


@pytest.mark.parametrize(
    ("target", "versions"),
    [("kubeflow", {"yaml": "2.1.0"}), ("vertex", {"json": "2.0.0", "yaml": "2.1.0"})],
    ids=["kubeflow", "vertex"],
)
@pytest.mark.parametrize("settings", [[], ["tuning.trials=2", "model.warm_start=true"]], ids=["plain", "tuned"])
def test_each_file_contains_every_node_and_edge(config, tmp_path, settings, target, versions):
    from pipeline.definition import create_pipeline
    from pipeline.runners import kubeflow

    config = load(tmp_path / "pipeline.toml", settings, environment={})
    files = kubeflow.compile(config, tmp_path / "out", target)
    assert [file.name for file in files] == [f"small-taxi-{target}.{suffix}" for suffix in versions]
    documents = [yaml.safe_load(file.read_text()) for file in files]
    specifications = [found.get("pipelineSpec", found) for found in documents]
    assert [found["schemaVersion"] for found in specifications] == list(versions.values())
    assert documents[-1]["defaultPipelineRoot"] == config.kubeflow.root
    assert all(found["runtimeConfig"]["gcsOutputDirectory"] == config.kubeflow.root for found in documents[:-1])
    expected = edges(create_pipeline(config))
    assert set(expected) == set(nodes_of(config))
    for found in specifications:
        tasks = found["root"]["dag"]["tasks"]
        assert {
            node_of(name): {node_of(n) for n in task.get("dependentTasks", [])} for name, task in tasks.items()
        } == (expected)


@pytest.mark.parametrize(
    ("target", "resolvers"), [("kubeflow", set()), ("vertex", {"Resolver", "WarmStart"})], ids=["kubeflow", "vertex"]
)
def test_only_vertex_gets_resolvers(config, tmp_path, target, resolvers):
    from pipeline.runners import kubeflow

    config = load(tmp_path / "pipeline.toml", ["model.warm_start=true"], environment={})
    for file in kubeflow.compile(config, tmp_path / "out", target):
        document = yaml.safe_load(file.read_text())
        specification = document.get("pipelineSpec", document)
        executors = specification["deploymentSpec"]["executors"]
        kinds = {name: next(iter(executor)) for name, executor in executors.items()}
        assert set(kinds.values()) <= {"container", "importer"} | ({"resolver"} if resolvers else set())
        found = {node_of(name.removesuffix("_executor")) for name, kind in kinds.items() if kind == "resolver"}
        assert found == resolvers


@pytest.mark.parametrize("target", ["kubeflow", "vertex"])
def test_specification_does_not_depend_on_the_machine(tmp_path, target, monkeypatch):
    from pipeline.runners import kubeflow

    text = CONFIGURATION.replace('"models"', '"/gcs/bucket/models"') + '[schema]\nfile = "schema.pbtxt"\n'
    written = []
    for name in ("one", "two/deeper"):
        folder = tmp_path / name
        folder.mkdir(parents=True)
        (folder / "pipeline.toml").write_text(text)
        if name == "one":
            (folder / "trips.csv").write_text("fare\n1\n")
            monkeypatch.chdir(folder)
        files = kubeflow.compile(load(folder / "pipeline.toml", environment={}), folder / "out", target)
        written.append([file.read_text() for file in files])
    assert written[0] == written[1]
    assert str(tmp_path) not in "".join(written[0])
    specification = yaml.safe_load(written[0][-1])
    constants = {
        (node, name): given["runtimeValue"]["constant"]
        for node, task in specification["root"]["dag"]["tasks"].items()
        for name, given in task.get("inputs", {}).get("parameters", {}).items()
        if "runtimeValue" in given
    }
    assert constants["ExampleGen", "input_base"] == "."
    assert constants["SchemaGen", "schema_file"] == "schema.pbtxt"
    assert constants["DriftReport", "directory"] == "gs://bucket/models"
    assert json.loads(constants["Pusher", "push_destination"])["filesystem"]["base_directory"] == "gs://bucket/models"


@pytest.mark.parametrize(("target", "ours"), [("kubeflow", ["pipeline.runners.kubeflow_node"]), ("vertex", [])])
def test_only_containers_of_kubeflow_start_with_our_program(config, tmp_path, target, ours):
    from pipeline.runners import kubeflow

    for file in kubeflow.compile(config, tmp_path / "out", target):
        document = yaml.safe_load(file.read_text())
        executors = document.get("pipelineSpec", document)["deploymentSpec"]["executors"]
        found = [executor["container"] for executor in executors.values() if "container" in executor]
        for container in found:
            python, option, *modules = container["command"]
            assert (python, option, modules[:-1]) == ("python", "-m", ours)
            assert modules[-1].startswith("tfx.")
            assert EXECUTOR_INPUT in container["args"]
            assert (INPUTS_SPEC in container["args"]) == (file.suffix == ".yaml")


def test_nodes_that_read_more_than_their_inputs_are_not_cached(config, tmp_path):
    from pipeline.runners import kubeflow

    [file] = kubeflow.compile(load(tmp_path / "pipeline.toml", ["model.warm_start=true"], {}), tmp_path, "kubeflow")
    tasks = yaml.safe_load(file.read_text())["root"]["dag"]["tasks"]
    uncached = {name for name, task in tasks.items() if not task.get("cachingOptions", {}).get("enableCache")}
    assert uncached == {"ExampleGen", "DriftReport", "WarmStart", "Resolver", "Pusher"}


def test_each_run_may_set_the_source_the_span_and_the_settings_of_the_model(config, tmp_path):
    from pipeline.runners import kubeflow

    settings = ["data.source=gs://rows/{SPAN}/*.csv", "tuning.trials=2"]
    files = kubeflow.compile(load(tmp_path / "pipeline.toml", settings, {}), tmp_path, "vertex")
    job, specification = (yaml.safe_load(file.read_text()) for file in files)
    defaults = {"source": "gs://rows/{SPAN}/*.csv", "span": "", "model": "{}"}
    given = specification["root"]["inputDefinitions"]["parameters"]
    assert {name: each["defaultValue"] for name, each in given.items()} == defaults
    assert job["runtimeConfig"]["parameters"] == {n: {"stringValue": value} for n, value in defaults.items()}
    nodes = {
        (name, node)
        for node, task in specification["root"]["dag"]["tasks"].items()
        for name, each in task.get("inputs", {}).get("parameters", {}).items()
        if "componentInputParameter" in each
    }
    assert nodes == {("source", "ExampleGen"), ("span", "ExampleGen"), ("model", "Tuner"), ("model", "Trainer")}


def test_the_image_and_the_root_come_from_the_configuration(tmp_path):
    from pipeline.runners import kubeflow

    file = tmp_path / "pipeline.toml"
    file.write_text(
        CONFIGURATION.replace('"models"', '"/models"')
        + '[kubeflow]\nimage = "registry/penstock:7"\nroot = "gs://mine/runs"\n'
    )
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
    line, _ = caught.value.details
    assert line.startswith("ExampleGen: its container has no password of a database")
    assert not (tmp_path / "out").exists()


def test_resources_retries_and_caching_reach_the_nodes_of_both_targets(config, tmp_path):
    from pipeline.nodes import gates, runs_each_time
    from pipeline.runners import kubeflow

    settings = [
        *("kubeflow.resources.default.cpu=500m", "kubeflow.resources.Trainer.memory=8Gi", "kubeflow.retries=2"),
        *("kubeflow.cache.Trainer=false", "tuning.trials=2"),
    ]
    loaded = load(tmp_path / "pipeline.toml", settings, {})
    for target in ("kubeflow", "vertex"):
        for file in kubeflow.compile(loaded, tmp_path, target):
            document = yaml.safe_load(file.read_text())
            found = document.get("pipelineSpec", document)
            containers = {
                name.removesuffix("_executor"): executor["container"]["resources"]
                for name, executor in found["deploymentSpec"]["executors"].items()
                if "container" in executor
            }
            assert {given["cpuLimit"] for given in containers.values()} == {0.5}
            assert [node for node, given in containers.items() if "memoryLimit" in given] == ["Trainer"]
            assert {"resourceCpuLimit" in given for given in containers.values()} == {found["schemaVersion"] == "2.1.0"}
            tasks = found["root"]["dag"]["tasks"]
            assert {name for name, task in tasks.items() if "retryPolicy" in task} == set(containers) - gates()
            cached = {name for name, task in tasks.items() if task.get("cachingOptions", {}).get("enableCache")}
            assert cached & {"Trainer", *runs_each_time()} == set()
            assert {"Transform", "Evaluator", "Tuner"} <= cached


def test_secrets_are_a_second_document_with_their_names(config, tmp_path):
    from pipeline.runners import kubeflow

    loaded = load(tmp_path / "pipeline.toml", ["kubeflow.secrets.S3_KEY=bucket/access-key"], {})
    [file] = kubeflow.compile(loaded, tmp_path, "kubeflow")
    specification, platform = yaml.safe_load_all(file.read_text())
    executors = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    assert set(executors) == set(specification["deploymentSpec"]["executors"])
    assert executors["Trainer_executor"]["secretAsEnv"][0]["keyToEnv"] == [
        {"envVar": "S3_KEY", "secretKey": "access-key"}
    ]


def test_files_are_read_by_the_clients_of_both_services(config, tmp_path):
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import aiplatform
    from kfp.components import load_component_from_text

    from pipeline.runners import kubeflow

    settings = ["kubeflow.resources.default.cpu=1", "kubeflow.retries=2", "kubeflow.secrets.KEY=bucket/key"]
    [file] = kubeflow.compile(load(tmp_path / "pipeline.toml", settings, {}), tmp_path, "kubeflow")
    component = load_component_from_text(file.read_text())
    assert set(component.component_spec.inputs) == {"source", "model"}
    loaded = load(tmp_path / "pipeline.toml", [*settings[:2], "kubeflow.root=gs://b/r"], {})
    project = {"project": "p", "location": "us-central1", "credentials": AnonymousCredentials()}
    for file in kubeflow.compile(loaded, tmp_path, "vertex"):
        values = {"source": "gs://b/new.csv"}
        made = aiplatform.PipelineJob("taxi", template_path=str(file), parameter_values=values, **project)
        assert made._gca_resource.runtime_config.gcs_output_directory == "gs://b/r"
        executors = made.pipeline_spec["deploymentSpec"]["executors"]
        assert executors["Trainer_executor"]["container"]["resources"]["cpuLimit"] == 1


def test_registrar_follows_pusher_where_a_server_is_configured_and_has_no_token(config, tmp_path):
    from pipeline.runners import kubeflow

    environment = {"PENSTOCK_REGISTRY__TOKEN": "hidden-1"}
    settings = ["registry.uri=https://registry.example.org"]
    [file] = kubeflow.compile(load(tmp_path / "pipeline.toml", settings, environment), tmp_path / "out", "kubeflow")
    task = yaml.safe_load(file.read_text())["root"]["dag"]["tasks"]["Registrar"]
    assert set(task["dependentTasks"]) == {"ExampleGen", "ModelVerdict", "ServingValidator", "Pusher"}
    assert not task.get("cachingOptions")
    assert "hidden" not in file.read_text()
