"""SchemaGen: what TFX infers, and the environments."""

import pytest

from tests.components.launching import artifact, channel, execute

pytestmark = pytest.mark.slow


def test_inferred_schema_has_both_environments_and_is_else_that_of_tfx(tmp_path):
    import tensorflow_data_validation as tfdv
    from google.protobuf import text_format
    from tensorflow_metadata.proto.v0 import schema_pb2
    from tfx.types import artifact_utils

    from components.environments import with_environments
    from components.schema_gen import SchemaGen
    from tests.pipeline.schema.test_changes import statistics

    given, output = artifact("ExampleStatistics", tmp_path / "in"), artifact("Schema", tmp_path / "out")
    given.split_names = artifact_utils.encode_split_names(["train"])
    (tmp_path / "in" / "Split-train").mkdir()
    (tmp_path / "in" / "Split-train" / "FeatureStats.pb").write_bytes(statistics().SerializeToString())
    node = SchemaGen(channel("ExampleStatistics"), label="tip", code="x")
    execute(node, {"statistics": given}, {"schema": output}, tmp_path, [])
    found = text_format.Parse((tmp_path / "out" / "schema.pbtxt").read_text(), schema_pb2.Schema())
    expected = with_environments(tfdv.infer_schema(statistics(), infer_feature_shape=False), "tip")
    assert found == expected
    assert [each.name for each in found.feature if each.not_in_environment] == ["tip"]
