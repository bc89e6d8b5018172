"""`penstock compile`: the files, their names in the output, and errors."""

import json

import pytest
import yaml

from pipeline.nodes import NODES
from tests.metadata_store import CONFIGURATION
from tests.pipeline.cli.command import penstock


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "pipeline.toml").write_text(CONFIGURATION.replace('"models"', '"gs://bucket/models"'))
    (tmp_path / "trips.csv").write_text("miles,tip\n1,0\n")
    return tmp_path


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ("vertx", "--target vertx: expected kubeflow or vertex, received 'vertx' (did you mean 'vertex'?); choose"),
        ("spark", "--target spark: expected kubeflow or vertex, received 'spark'; choose one of them."),
    ],
)
def test_unknown_target_is_refused_and_nothing_written(folder, target, sentence):
    result = penstock(folder, "compile", "--target", target)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith(sentence)
    assert sorted(path.name for path in folder.iterdir()) == ["pipeline.toml", "trips.csv"]


@pytest.mark.slow
def test_compiled_files_hold_each_node_and_json_names_them(folder):
    result = penstock(folder, "compile", "--output", "out", "--json", "--target", "vertex")
    assert (result.returncode, result.stderr) == (0, "")
    output = json.loads(result.stdout)
    assert output == {"target": "vertex", "files": ["out/taxi-vertex.json", "out/taxi-vertex.yaml"]}
    job = json.loads((folder / output["files"][0]).read_text())["pipelineSpec"]
    specification = yaml.safe_load((folder / output["files"][1]).read_text())
    for spec in (job, specification):
        tasks = {name.lower().replace("-", "") for name in spec["root"]["dag"]["tasks"]}
        assert [node for node in NODES if not any(task.startswith(node.lower()) for task in tasks)] == []


@pytest.mark.slow
def test_output_that_cannot_be_written_is_refused_in_a_sentence(folder):
    result = penstock(folder, "compile", "--output", "trips.csv/out")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1
    assert "trips.csv/out" in result.stderr


@pytest.mark.slow
def test_check_writes_nothing_and_its_exit_code_says_whether_the_target_can_be_compiled_for(folder):
    before = sorted(path.name for path in folder.iterdir())
    settings = [
        "--set",
        "push.directory=models",
        "--set",
        "kubeflow.cache.Pusher=true",
        "--set",
        "metadata.uri=sqlite://",
    ]
    result = penstock(folder, "compile", "--check", *settings)
    assert (result.returncode, result.stderr) == (1, "")
    assert result.stdout.splitlines() == [
        "problem  push.directory: models is lost with the container: name a bucket, or",
        "         the absolute path of a mounted folder",
        "problem  kubeflow.cache.Pusher: expected false: what it does depends on more",
        "         than its inputs",
        "ignored  metadata.uri: sqlite://: the service records runs in its own store",
        "check    data.source: trips.csv has to be in the image, in the folder of the",
        "         project",
        "check    kubeflow.root: gs://bucket/penstock is a placeholder: name a bucket of",
        "         yours",
        "check    kubeflow.image: penstock:latest names no registry: each machine of the",
        "         cluster has to have it",
        "2 problems prevent the compilation for kubeflow.",
    ]
    result = penstock(folder, "compile", "--check", "--json", "--target", "vertex")
    assert (result.returncode, result.stderr) == (0, "")
    output = json.loads(result.stdout)
    assert (output["target"], output["compiles"]) == ("vertex", True)
    assert {each["verdict"] for each in output["findings"]} == {"check"}
    assert output["findings"][0] == {
        "verdict": "check",
        "name": "data.source",
        "reason": "trips.csv has to be in the image, in the folder of the project",
    }
    assert sorted(path.name for path in folder.iterdir()) == sorted([*before, "state"])
