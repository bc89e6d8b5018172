"""Rows and statistics as drawn."""

from pathlib import Path

from tensorflow_metadata.proto.v0 import statistics_pb2

from penstock.metadata.lineage import Artifact
from penstock.reports.data import examples, read, row_counts, statistics


def test_examples_show_splits_and_digests(written):
    shown = examples(written("Examples"))
    assert "67.0 %" in shown
    assert "f" * 64 in shown


def test_examples_without_properties_are_shown_empty(tmp_path):
    assert examples(Artifact(1, "Examples", "examples", str(tmp_path))).strip() == ""


def test_examples_of_a_database_show_its_address_and_the_digest_of_the_rows(tmp_path):
    properties = {"source": "postgresql://ada@db/taxi", "table": "rides", "files": "[]", "digest": "d" * 64}
    shown = examples(Artifact(1, "Examples", "examples", str(tmp_path), properties))
    assert "postgresql://ada@db/taxi, rides" in shown
    assert "d" * 64 in shown


def test_row_counts_show_every_node(written):
    shown = row_counts(written("components.RowCounts"))
    assert [shown.count(f">{count}<") for count in (100, 67, 33)] == [1, 2, 3]


def test_splits_are_read_with_train_first(written):
    artifact = written("ExampleStatistics")
    assert [(split.name, split.rows) for split in read(Path(artifact.uri))] == [("train", 10), ("eval", 10)]


def test_numbers_are_shown_with_share_of_missing_values(written):
    shown = statistics(written("ExampleStatistics"))
    assert "20.0 %<br>20.0 %" in shown  # missing
    assert "25.0 %<br>25.0 %" in shown  # zeros of those present
    assert "1.235e+07" in shown


def test_text_is_shown_with_its_most_frequent_values(written):
    shown = statistics(written("ExampleStatistics"))
    assert "90.0 %<br>10.0 %" in shown
    assert "&lt;script" in shown


def test_a_column_that_holds_text_in_one_split_only_is_shown(written, tmp_path):
    artifact = written("ExampleStatistics")
    file = Path(artifact.uri, "Split-eval", "FeatureStats.pb")
    proto = statistics_pb2.DatasetFeatureStatisticsList.FromString(file.read_bytes())
    del proto.datasets[0].features[:]
    file.write_bytes(proto.SerializeToString())
    assert "miles" in statistics(artifact)


def test_zeros_of_lists_are_shares_of_their_values_and_infinite_values_are_not_drawn(written):
    artifact = written("ExampleStatistics")
    for split in ("train", "eval"):
        file = Path(artifact.uri, f"Split-{split}", "FeatureStats.pb")
        proto = statistics_pb2.DatasetFeatureStatisticsList()
        column = proto.datasets.add(num_examples=10).features.add(type=1)
        column.path.step.append("pixels")
        statistic = column.num_stats
        statistic.num_zeros, statistic.mean, statistic.max = 30, float("inf"), float("inf")
        statistic.common_stats.num_non_missing, statistic.common_stats.tot_num_values = 10, 40
        statistic.histograms.add(type=0).buckets.add(low_value=0, high_value=float("inf"), sample_count=40)
        file.write_bytes(proto.SerializeToString())
    shown = statistics(artifact)
    assert "75.0 %<br>75.0 %" in shown
    assert "∞" in shown
    assert "nan" not in shown
