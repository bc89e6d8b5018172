"""AnomalyReport: what TensorFlow Data Validation found, in words, compared with the severities."""

import json

import pytest

pytestmark = pytest.mark.slow

SCHEMA = """
feature { name: "paid" type: BYTES domain: "kinds" presence { min_fraction: 1.0 min_count: 1 } }
feature { name: "gone" type: INT presence { min_fraction: 1.0 min_count: 1 } }
string_domain { name: "kinds" value: "card" value: "cash" }
"""
STATISTICS = """
datasets {
  num_examples: 4
  features {
    path { step: "paid" }
    type: STRING
    string_stats {
      common_stats { num_non_missing: 4 min_num_values: 1 max_num_values: 1 tot_num_values: 4 }
      unique: 2
      rank_histogram { buckets { label: "card" sample_count: 3 } buckets { label: "bitcoin" sample_count: 1 } }
    }
  }
  features {
    path { step: "new" }
    type: INT
    num_stats { common_stats { num_non_missing: 4 min_num_values: 1 max_num_values: 1 tot_num_values: 4 } }
  }
}
"""


@pytest.fixture(scope="module")
def anomalies():
    """Return what TFDV itself finds: an unexpected value, a missing column and, made a mere warning, a new one."""
    import tensorflow_data_validation as tfdv
    from google.protobuf import text_format
    from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

    statistics = text_format.Parse(STATISTICS, statistics_pb2.DatasetFeatureStatisticsList())
    found = tfdv.validate_statistics(statistics, text_format.Parse(SCHEMA, schema_pb2.Schema()))
    found.anomaly_info["new"].severity = anomalies_pb2.AnomalyInfo.WARNING
    return found


def judged(anomalies, fail_on="error", columns=None):
    from components.anomaly_report import judge

    return judge("eval", anomalies, fail_on, columns or {})


def test_each_anomaly_has_column_kind_and_severity(anomalies):
    found = {row.column: row for row in judged(anomalies)}
    assert list(found) == ["gone", "new", "paid"]
    assert {name: (row.kind, row.severity) for name, row in found.items()} == {
        "gone": ("SCHEMA_MISSING_COLUMN", "error"),
        "new": ("SCHEMA_NEW_COLUMN", "warning"),
        "paid": ("ENUM_TYPE_UNEXPECTED_STRING_VALUES", "error"),
    }
    assert "bitcoin" in found["paid"].description
    assert {row.split for row in found.values()} == {"eval"}


@pytest.mark.parametrize(
    ("fail_on", "columns", "failing"),
    [
        ("error", {}, {"gone", "paid"}),
        ("warning", {}, {"gone", "paid", "new"}),
        ("never", {}, set()),
        ("error", {"paid": "never"}, {"gone"}),
        ("error", {"new": "warning"}, {"gone", "paid", "new"}),
        ("never", {"new": "warning", "paid": "error"}, {"new", "paid"}),
        ("warning", {"new": "error", "gone": "never"}, {"paid"}),
        ("error", {"unknown": "warning"}, {"gone", "paid"}),
    ],
)
def test_severity_of_the_column_comes_before_that_of_the_table(anomalies, fail_on, columns, failing):
    assert {row.column for row in judged(anomalies, fail_on, columns) if row.fails} == failing


def test_anomaly_of_the_whole_table_has_no_column():
    from tensorflow_metadata.proto.v0 import anomalies_pb2

    proto = anomalies_pb2.Anomalies()
    proto.dataset_anomaly_info.severity = anomalies_pb2.AnomalyInfo.ERROR
    reason = proto.dataset_anomaly_info.reason.add()
    reason.type, reason.short_description = anomalies_pb2.AnomalyInfo.DATASET_LOW_NUM_EXAMPLES, "few rows"
    (row,) = judged(proto)
    assert (row.column, row.kind, row.description) == ("", "DATASET_LOW_NUM_EXAMPLES", "few rows")
    assert row.fails


def test_column_with_two_reasons_gives_two_anomalies():
    from tensorflow_metadata.proto.v0 import anomalies_pb2

    proto = anomalies_pb2.Anomalies()
    for text in ("one", "two"):
        proto.anomaly_info["c"].reason.add().description = text
    assert [row.description for row in judged(proto)] == ["one", "two"]


def test_component_writes_the_anomalies_of_each_split(anomalies, tmp_path):
    from tensorflow_metadata.proto.v0 import anomalies_pb2
    from tfx.types import artifact_utils, standard_artifacts

    from components import artifacts
    from components.anomaly_report import AnomalyReport

    given, report = standard_artifacts.ExampleAnomalies(), artifacts.AnomalyReport()
    given.uri, report.uri = str(tmp_path / "in"), str(tmp_path / "out")
    given.split_names = artifact_utils.encode_split_names(["train", "eval"])
    for split, proto in {"train": anomalies_pb2.Anomalies(), "eval": anomalies}.items():
        folder = tmp_path / "in" / f"Split-{split}"
        folder.mkdir(parents=True)
        (folder / "SchemaDiff.pb").write_bytes(proto.SerializeToString())
    (tmp_path / "out").mkdir()
    AnomalyReport.test_call(anomalies=given, report=report, fail_on="error", columns='{"gone": "never"}', code="x")
    written = json.loads((tmp_path / "out" / "report.json").read_text())["anomalies"]
    assert [(row["column"], row["split"], row["fails"]) for row in written] == [
        ("gone", "eval", False),
        ("new", "eval", False),
        ("paid", "eval", True),
    ]
    assert report.get_int_custom_property("anomalies") == 3
