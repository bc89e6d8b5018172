from pathlib import Path

from pipeline.rendering.statistics import read, statistics


def test_splits_are_read_with_train_first(written):
    artifact = written("ExampleStatistics")
    assert [(split.name, split.rows) for split in read(Path(artifact.uri))] == [("train", 10), ("eval", 10)]


def test_numbers_are_shown_with_what_is_missing(written):
    shown = statistics(written("ExampleStatistics"))
    assert "20.0 %<br>20.0 %" in shown  # missing
    assert "25.0 %<br>25.0 %" in shown  # zeros of those present
    assert "1.235e+07" in shown


def test_text_is_shown_with_its_most_frequent_values(written):
    shown = statistics(written("ExampleStatistics"))
    assert "90.0 %<br>10.0 %" in shown
    assert "&lt;script" in shown


def test_a_column_that_holds_text_in_one_split_only_is_shown(written, tmp_path):
    from tensorflow_metadata.proto.v0 import statistics_pb2

    artifact = written("ExampleStatistics")
    file = Path(artifact.uri, "Split-eval", "FeatureStats.pb")
    proto = statistics_pb2.DatasetFeatureStatisticsList.FromString(file.read_bytes())
    del proto.datasets[0].features[:]
    file.write_bytes(proto.SerializeToString())
    assert "miles" in statistics(artifact)


def test_zeros_of_lists_are_shares_of_their_values_and_infinite_values_are_not_drawn(written):
    from tensorflow_metadata.proto.v0 import statistics_pb2

    artifact = written("ExampleStatistics")
    for split in ("train", "eval"):
        file = Path(artifact.uri, f"Split-{split}", "FeatureStats.pb")
        proto = statistics_pb2.DatasetFeatureStatisticsList()
        column = proto.datasets.add(num_examples=10).features.add(type=1)
        column.path.step.append("pixels")
        told = column.num_stats
        told.num_zeros, told.mean, told.max = 30, float("inf"), float("inf")
        told.common_stats.num_non_missing, told.common_stats.tot_num_values = 10, 40
        told.histograms.add(type=0).buckets.add(low_value=0, high_value=float("inf"), sample_count=40)
        file.write_bytes(proto.SerializeToString())
    shown = statistics(artifact)
    assert "75.0 %<br>75.0 %" in shown
    assert "∞" in shown
    assert "nan" not in shown
