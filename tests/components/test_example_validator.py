"""ExampleValidator: statistics are compared with the schema in the environment of training."""

import pytest

from tests.components.launching import artifact, channel, execute

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ("", ["later"]),
        ('default_environment: "TRAINING" default_environment: "SERVING"', []),
        ('default_environment: "LIVE"', ["later"]),
    ],
)
def test_column_of_serving_alone_is_missed_only_without_the_environment_of_training(change, missing, tmp_path):
    from tensorflow_metadata.proto.v0 import anomalies_pb2
    from tfx.types import artifact_utils

    from components.example_validator import ExampleValidator
    from tests.pipeline.schema.test_changes import SCHEMA, statistics

    given, schema = artifact("ExampleStatistics", tmp_path / "in"), artifact("Schema", tmp_path / "schema")
    output = artifact("ExampleAnomalies", tmp_path / "out")
    given.split_names = artifact_utils.encode_split_names(["train"])
    (tmp_path / "in" / "Split-train").mkdir()
    (tmp_path / "in" / "Split-train" / "FeatureStats.pb").write_bytes(statistics().SerializeToString())
    own = 'feature { name: "later" type: INT presence { min_count: 1 } not_in_environment: "TRAINING" }'
    text = SCHEMA.rpartition('default_environment: "TRAINING"')[0] + own + change
    (tmp_path / "schema" / "schema.pbtxt").write_text(text)
    node = ExampleValidator(channel("ExampleStatistics"), channel("Schema"), code="x")
    execute(node, {"statistics": given, "schema": schema}, {"anomalies": output}, tmp_path, [])
    found = anomalies_pb2.Anomalies.FromString((tmp_path / "out" / "Split-train" / "SchemaDiff.pb").read_bytes())
    assert sorted(found.anomaly_info) == missing
