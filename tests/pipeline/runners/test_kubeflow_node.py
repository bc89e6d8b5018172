"""The program of a container starts that of TFX with what it expects, and reports what Kubeflow expects."""

import json
import subprocess
import sys
from pathlib import Path

from pipeline.runners.kubeflow_node import report_uris
from tests.pipeline.runners.executor_inputs import EXAMPLES, SPEC, given

ROOT = Path(__file__).resolve().parents[3]


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
