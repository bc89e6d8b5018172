"""What TFX's program in a container receives in place of what Kubeflow passes, and what Kubeflow receives of it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.runners.kubeflow_node import add_types, local_path, make_folders, report_uris, use_local_paths

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = {"instanceSchema": "title: tfx.Examples\ntype: object\n"}
SPEC = {"artifacts": {"examples": {"artifactType": EXAMPLES}}}


def given(scheme="minio://", folder="bucket/run"):
    examples = {"name": "7", "uri": f"{scheme}{folder}/ExampleGen/examples", "type": {"instanceSchema": ""}}
    report = {"name": "report", "uri": f"{scheme}{folder}/Report/report", "type": {"schemaTitle": "components.Report"}}
    return {
        "inputs": {"artifacts": {"examples": {"artifacts": [examples]}}},
        "outputs": {"artifacts": {"report": {"artifacts": [report]}}, "outputFile": "/tmp/kfp_outputs/output.json"},
    }


@pytest.mark.parametrize("empty", [{"type": {"instanceSchema": ""}}, {"type": {}}, {}])
def test_empty_type_of_an_input_is_that_of_the_specification(empty):
    found = given()
    [examples] = found["inputs"]["artifacts"]["examples"]["artifacts"]
    del examples["type"]
    examples |= empty
    add_types(found, SPEC)
    assert examples["type"] == EXAMPLES


def test_type_that_is_given_stays():
    found = given()
    [examples] = found["inputs"]["artifacts"]["examples"]["artifacts"]
    examples["type"] = {"schemaTitle": "tfx.Model"}
    add_types(found, SPEC)
    assert examples["type"] == {"schemaTitle": "tfx.Model"}
    assert found["outputs"] == given()["outputs"]


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("gs://bucket/a/b", "/gcs/bucket/a/b"),
        ("s3://bucket/a", "/s3/bucket/a"),
        ("minio://mlpipeline/v2/artifacts", "/minio/mlpipeline/v2/artifacts"),
        ("hdfs://host/a", "hdfs://host/a"),
        ("/mnt/a", "/mnt/a"),
    ],
)
def test_path_is_the_one_that_the_launcher_uses(uri, path):
    assert local_path(uri) == path


def test_artifacts_get_their_paths_and_the_uris_are_returned():
    found = given("gs://")
    assert use_local_paths(found) == {
        "/gcs/bucket/run/ExampleGen/examples": "gs://bucket/run/ExampleGen/examples",
        "/gcs/bucket/run/Report/report": "gs://bucket/run/Report/report",
    }
    assert found["outputs"]["artifacts"]["report"]["artifacts"][0]["uri"] == "/gcs/bucket/run/Report/report"


def test_folders_of_outputs_are_made(tmp_path):
    found = given("", str(tmp_path))
    make_folders(found)
    assert [child.name for child in tmp_path.iterdir()] == ["Report"]
    assert (tmp_path / "Report" / "report").is_dir()
    make_folders(found)


def test_report_has_uris_in_place_of_paths_and_nothing_else_changes(tmp_path):
    file = tmp_path / "output.json"
    metadata = {"model": "/s3/b/model", "file": "/s3/b/model/1", "other": "/s3/b/model2", "number": 1.5, "none": None}
    file.write_text(json.dumps({"artifacts": {"model": {"artifacts": [{"uri": "/s3/b/model", "metadata": metadata}]}}}))
    report_uris(file, {"/s3/b/model": "s3://b/model"})
    [found] = json.loads(file.read_text())["artifacts"]["model"]["artifacts"]
    assert found == {
        "uri": "s3://b/model",
        "metadata": {**metadata, "model": "s3://b/model", "file": "s3://b/model/1"},
    }


PROGRAM = """
import json, pathlib, sys
given = json.loads(sys.argv[sys.argv.index("--json_serialized_invocation_args") + 1])
[report] = given["outputs"]["artifacts"]["report"]["artifacts"]
pathlib.Path("received.json").write_text(json.dumps({"given": given, "words": sys.argv[1:]}))
pathlib.Path(given["outputs"]["outputFile"]).write_text(json.dumps({"uri": report["uri"]}))
sys.exit(int(sys.argv[-1].removeprefix("--code=")) if "--code=" in sys.argv[-1] else None)
"""


def run(folder, *words, scheme="minio://"):
    """Run a program of two lines as that of TFX; the folders of its artifacts are in a folder that is not changed."""
    (folder / "program.py").write_text(PROGRAM)
    found = given(scheme)
    log = {"name": "executor-logs", "uri": f"{scheme}bucket/log", "type": {"schemaTitle": "system.Artifact"}}
    found["outputs"]["artifacts"]["executor-logs"] = {"artifacts": [log]}
    found["outputs"]["outputFile"] = str(folder / "output.json")
    arguments = ["--json_serialized_invocation_args", json.dumps(found)]
    arguments += ["--json_serialized_inputs_spec_args", json.dumps(SPEC), *words]
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.runners.kubeflow_node", "program", *arguments],
        cwd=folder,
        env={"PYTHONPATH": f"{ROOT}:{folder}"},
        capture_output=True,
        text=True,
    )
    return done, json.loads((folder / "received.json").read_text())


def test_program_receives_its_arguments_with_types(tmp_path):
    done, received = run(tmp_path, "--executor_class_path", "a.B", scheme="hdfs://")
    assert done.returncode == 0, done.stderr
    assert received["words"][-2:] == ["--executor_class_path", "a.B"]
    assert received["given"]["inputs"]["artifacts"]["examples"]["artifacts"][0]["type"] == EXAMPLES
    assert set(received["given"]["outputs"]["artifacts"]) == {"report"}
    assert json.loads((tmp_path / "output.json").read_text()) == {"uri": "hdfs://bucket/run/Report/report"}


def test_artifacts_stay_in_the_bucket_where_a_beam_runner_is_named(tmp_path):
    done, received = run(tmp_path, "--runner=DataflowRunner", scheme="gs://")
    assert done.returncode == 0, done.stderr
    assert received["given"]["outputs"]["artifacts"]["report"]["artifacts"][0]["uri"].startswith("gs://")


def test_exit_code_of_the_program_is_that_of_the_container(tmp_path):
    done, _ = run(tmp_path, "--code=3", scheme="hdfs://")
    assert done.returncode == 3
