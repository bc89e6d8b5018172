"""Artifacts in a file system that only TensorFlow reaches, here the one it has in memory."""

import pytest

from components.remote import written_here
from pipeline.errors import DataError
from tables.input import Input
from tables.shares import train_eval

pytestmark = pytest.mark.e2e


def example_gen(source, uri, *beam):
    """Run TableExampleGen's executor on an artifact of that folder, and return the artifact."""
    from tfx.dsl.components.base.base_beam_executor import BaseBeamExecutor
    from tfx.types import standard_artifacts

    from components.table_example_gen import TableExampleGen

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
        example_gen(source, "ram://bucket/shards", "--runner=DirectRunner")
    assert "received ram://bucket/shards; leave beam.runner out, or mount such a folder." in str(caught.value)


def test_nothing_is_copied_where_the_writing_fails():
    import tensorflow as tf

    def write_half():
        with written_here("ram://bucket/half") as folder:
            (folder / "part").write_text("x")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_half()
    assert not tf.io.gfile.exists("ram://bucket/half/part")
