"""What Kubeflow passes to a node, changed to what TFX's program expects."""

import pytest

from pipeline.runners.executor_input import add_types, local_path, make_folders, use_local_paths, without_log
from tests.pipeline.runners.executor_inputs import EXAMPLES, SPEC, given


def test_output_for_the_log_is_removed_and_no_other():
    found = given()
    found["outputs"]["artifacts"]["executor-logs"] = {"artifacts": [{"uri": "minio://bucket/log"}]}
    without_log(found)
    assert found == given()


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
