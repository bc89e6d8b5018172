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
