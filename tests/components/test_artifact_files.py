"""Artifacts in a file system that only TensorFlow reaches, here the one it has in memory."""

import json

import pytest

from components.artifact_files import local_input, local_output, read_bytes, read_json, write_json
from components.in_memory_runner import IN_MEMORY_RUNNER
from penstock.core.errors import DataError
from penstock.tables.input import Input
from penstock.tables.splits import train_eval

pytestmark = pytest.mark.slow


def example_gen(source, uri, *beam):
    """Run TableExampleGen's executor on an artifact of that folder, and return the artifact."""
    from tfx.dsl.components.base.base_beam_executor import BaseBeamExecutor
    from tfx.types import standard_artifacts

    from components.example_gen.component import TableExampleGen

    node = TableExampleGen(Input(str(source)), splits=train_eval(0.3, None))
    examples = standard_artifacts.Examples()
    examples.uri = uri
    made = node.executor_spec.executor_class(BaseBeamExecutor.Context(beam_pipeline_args=list(beam)))
    made.Do({}, {"examples": [examples]}, dict(node.exec_properties))
    return examples


@pytest.fixture
def source(tmp_path):
    (tmp_path / "rows.csv").write_text("n,label\n" + "".join(f"{n},{n % 2}\n" for n in range(200)))
    return tmp_path / "rows.csv"


def test_examples_of_a_cluster_are_those_of_this_machine(tmp_path, source):
    import tensorflow as tf

    def records(uri, split):
        files = tf.io.gfile.glob(f"{uri}/Split-{split}/*.gz")
        return [each.numpy() for each in tf.data.TFRecordDataset(files, compression_type="GZIP")]

    example_gen(source, str(tmp_path / "here"))
    example_gen(source, "ram://bucket/examples")
    for split in ("train", "eval"):
        there = records("ram://bucket/examples", split)
        assert there == records(tmp_path / "here", split)
        assert there
    assert not (tmp_path / "ram:").exists()


def test_workers_of_beam_are_given_no_folder_that_they_do_not_share(source):
    with pytest.raises(DataError) as caught:
        example_gen(source, "ram://bucket/shards", f"--runner={IN_MEMORY_RUNNER}")
    assert "received ram://bucket/shards; leave beam.runner out, or mount such a folder." in str(caught.value)


def test_nothing_is_copied_where_the_writing_fails():
    import tensorflow as tf

    def write_half():
        with local_output("ram://bucket/half") as folder:
            (folder / "part").write_text("x")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_half()
    assert not tf.io.gfile.exists("ram://bucket/half/part")


@pytest.mark.parametrize("place", ["ram://bucket/report", "{}"])
def test_what_is_written_is_read_wherever_it_lies(tmp_path, place):
    uri, value = place.format(tmp_path), {"größe": [1, None]}
    write_json(uri, "report.json", value)
    assert read_json(uri, "report.json") == value
    assert read_bytes(uri, "report.json").startswith(b"{")


@pytest.mark.parametrize("place", ["ram://bucket/model", "{}/model"])
def test_folder_is_read_here_with_all_below_it(tmp_path, place):
    uri = place.format(tmp_path)
    with local_output(uri) as folder:
        (folder / "variables").mkdir(parents=True)
        (folder / "saved_model.pb").write_text("graph")
        (folder / "variables" / "variables.index").write_text("index")
    with local_input(uri) as folder:
        files = {file.relative_to(folder).as_posix(): file.read_text() for file in folder.rglob("*") if file.is_file()}
    assert files == {"saved_model.pb": "graph", "variables/variables.index": "index"}


def test_model_of_a_cluster_is_pushed_whole(tmp_path):
    from tfx.dsl.components.base.base_executor import BaseExecutor
    from tfx.types import standard_artifacts

    from components.pusher import VersionedPush

    with local_output("ram://bucket/trained/Format-Serving") as folder:
        (folder / "saved_model.pb").write_text("graph")
    model, pushed = standard_artifacts.Model(), standard_artifacts.PushedModel()
    model.uri, pushed.uri = "ram://bucket/trained", str(tmp_path / "pushed")
    destination = json.dumps({"filesystem": {"base_directory": str(tmp_path / "versions")}})
    VersionedPush(BaseExecutor.Context()).Do(
        {"model": [model]}, {"pushed_model": [pushed]}, {"push_destination": destination}
    )
    assert (tmp_path / "versions" / "1" / "saved_model.pb").read_text() == "graph"
    assert pushed.get_string_custom_property("pushed_version") == "1"
