"""Resources, retries and secrets in a specification: compared with what KFP's own compiler writes."""

import pytest
import yaml

from penstock.config.kubeflow import Kubeflow, Resources
from pipeline.runners.resources import add_resources, add_retries, containers, platform_of

GPU = {"cpu": "500m", "memory": "4Gi", "accelerator": "nvidia.com/gpu", "accelerators": 2}


def specification(version="2.1.0"):
    nodes = ("Trainer", "DriftGate", "Resolver")
    kinds = {"Trainer": {"container": {}}, "DriftGate": {"container": {}}, "Resolver": {"resolver": {}}}
    return {
        "schemaVersion": version,
        "root": {"dag": {"tasks": {name: {"componentRef": {"name": name}} for name in nodes}}},
        "components": {name: {"executorLabel": f"{name}_executor"} for name in nodes},
        "deploymentSpec": {"executors": {f"{name}_executor": kinds[name] for name in nodes}},
    }


def compiled_by_kfp(tmp_path):
    """Return the executor and the task of one container with the same settings, as KFP's compiler writes them."""
    from kfp import compiler, dsl

    @dsl.container_component
    def trainer():
        return dsl.ContainerSpec(image="penstock", command=["python"])

    @dsl.pipeline
    def pipeline():
        task = trainer()
        task.set_cpu_limit("500m").set_cpu_request("500m").set_memory_limit("4Gi").set_memory_request("4Gi")
        task.set_accelerator_type("nvidia.com/gpu").set_accelerator_limit(2)
        task.set_retry(3, backoff_duration="60s")

    file = tmp_path / "oracle.yaml"
    compiler.Compiler().compile(pipeline, str(file))
    found = yaml.safe_load(file.read_text())
    return found["deploymentSpec"]["executors"]["exec-trainer"], found["root"]["dag"]["tasks"]["trainer"]


@pytest.mark.slow
def test_fields_are_those_that_the_compiler_of_kfp_writes(tmp_path):
    executor, task = compiled_by_kfp(tmp_path)
    found = specification()
    kubeflow = Kubeflow(resources={"Trainer": Resources(**GPU)}, retries=3, retry_wait=60)
    add_resources(found, kubeflow)
    add_retries(found, kubeflow, ())
    assert (
        found["deploymentSpec"]["executors"]["Trainer_executor"]["container"]["resources"]
        == (executor["container"]["resources"])
    )
    assert found["root"]["dag"]["tasks"]["Trainer"]["retryPolicy"] == task["retryPolicy"]


def test_schema_of_jobs_gets_only_the_numbers_that_it_has():
    found = specification("2.0.0")
    add_resources(found, Kubeflow(resources={"Trainer": Resources(**{**GPU, "accelerator": "NVIDIA_L4"})}))
    assert found["deploymentSpec"]["executors"]["Trainer_executor"]["container"]["resources"] == {
        "cpuLimit": 0.5,
        "cpuRequest": 0.5,
        "memoryLimit": 4.294967296,
        "memoryRequest": 4.294967296,
        "accelerator": {"type": "NVIDIA_L4", "count": "2"},
    }


def test_default_reaches_each_container_and_no_resolver():
    found = specification()
    add_resources(found, Kubeflow(resources={"default": Resources(cpu=1)}))
    executors = found["deploymentSpec"]["executors"]
    assert executors["Trainer_executor"] == executors["DriftGate_executor"]
    assert executors["Trainer_executor"]["container"]["resources"]["resourceCpuLimit"] == "1"
    assert executors["Resolver_executor"] == {"resolver": {}}


def test_nothing_is_added_without_settings():
    found = specification()
    add_resources(found, Kubeflow())
    add_retries(found, Kubeflow(), ())
    assert found == specification()
    assert platform_of(found, Kubeflow()) is None


def test_retries_leave_out_the_excluded_nodes_and_resolvers():
    found = specification()
    add_retries(found, Kubeflow(retries=2, retry_wait=0), {"DriftGate"})
    tasks = found["root"]["dag"]["tasks"]
    assert [name for name, task in tasks.items() if "retryPolicy" in task] == ["Trainer"]
    assert tasks["Trainer"]["retryPolicy"]["maxRetryCount"] == 2
    assert tasks["Trainer"]["retryPolicy"]["backoffDuration"] == "0s"


def test_containers_are_named_with_their_labels():
    assert [(node, label) for node, label, _ in containers(specification())] == [
        ("Trainer", "Trainer_executor"),
        ("DriftGate", "DriftGate_executor"),
    ]


def test_each_container_gets_the_names_of_the_secrets():
    found = platform_of(specification(), Kubeflow(secrets={"KEY": "bucket/access-key", "A": "bucket/id"}))
    executors = found["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    assert list(executors) == ["Trainer_executor", "DriftGate_executor"]
    for given in executors.values():
        assert [each["keyToEnv"] for each in given["secretAsEnv"]] == [
            [{"envVar": "A", "secretKey": "id"}],
            [{"envVar": "KEY", "secretKey": "access-key"}],
        ]
        assert {each["secretName"] for each in given["secretAsEnv"]} == {"bucket"}
        assert {each["optional"] for each in given["secretAsEnv"]} == {False}
    # Without anchors, which not every parser of YAML reads.
    assert "&id" not in yaml.safe_dump(found)
