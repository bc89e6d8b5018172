"""Changes to a compiled specification, of both schemas."""

import copy

import pytest

from pipeline.runners.specification import Parameter, add_parameters, run_each_time, start_with, without_drivers

TASK = {"cachingOptions": {"enableCache": True}}


def specification(version):
    container = {"image": "penstock", "lifecycle": {"preCacheCheck": {"command": ["python"]}}}
    return {
        "schemaVersion": version,
        "root": {"dag": {"tasks": {n: {**copy.deepcopy(TASK), "componentRef": {"name": n}} for n in ("A", "B")}}},
        "components": {"A": {"executorLabel": "A_executor"}, "B": {"executorLabel": "B_executor"}},
        "deploymentSpec": {"executors": {"A_executor": {"container": container}, "B_executor": {"importer": {}}}},
    }


def test_caching_is_turned_off_for_the_named_nodes_only():
    found = specification("2.1.0")
    run_each_time(found, {"A", "Missing"})
    tasks = found["root"]["dag"]["tasks"]
    assert "cachingOptions" not in tasks["A"]
    assert tasks["B"]["cachingOptions"] == {"enableCache": True}


def test_program_of_ours_starts_that_of_each_container():
    found = specification("2.1.0")
    found["deploymentSpec"]["executors"]["A_executor"]["container"]["command"] = ["python", "-m", "tfx.run"]
    start_with(found, "ours")
    executors = found["deploymentSpec"]["executors"]
    assert executors["A_executor"]["container"]["command"] == ["python", "-m", "ours", "tfx.run"]
    assert executors["B_executor"] == {"importer": {}}


def test_driver_is_removed_and_the_container_stays():
    found = specification("2.1.0")
    without_drivers(found)
    assert found["deploymentSpec"]["executors"]["A_executor"] == {"container": {"image": "penstock"}}


@pytest.mark.parametrize(
    ("version", "of_root", "of_node"),
    [
        (
            "2.1.0",
            {"parameterType": "STRING", "defaultValue": "rows.csv", "isOptional": True},
            {"parameterType": "STRING"},
        ),
        ("2.0.0", {"type": "STRING"}, {"type": "STRING"}),
    ],
)
def test_parameter_reaches_the_named_nodes(version, of_root, of_node):
    found = specification(version)
    add_parameters(found, [Parameter("source", "rows.csv", ("A",))])
    assert found["root"]["inputDefinitions"]["parameters"] == {"source": of_root}
    assert found["components"]["A"]["inputDefinitions"]["parameters"] == {"source": of_node}
    given = found["root"]["dag"]["tasks"]["A"]["inputs"]["parameters"]
    assert given == {"source": {"componentInputParameter": "source"}}
    assert "inputs" not in found["root"]["dag"]["tasks"]["B"]
