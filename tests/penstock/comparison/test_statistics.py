"""Statistics of two runs: the order of columns is ignored, and a changed one is found with its size."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.comparison.statistics import compare_statistics
from penstock.core.errors import DataError
from tests.penstock.comparison.folders import statistics, write_statistics

COLUMNS = st.dictionaries(
    st.text("abcdé. ", min_size=1, max_size=4),
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=3),
    min_size=1,
    max_size=4,
)


def pair_of(top, one, other):
    """Write the statistics of two runs, which agree on the split `eval`."""
    whole = statistics({"n": [1.0]})
    return (
        write_statistics(top / "one", {"train": one, "eval": whole}),
        write_statistics(top / "other", {"train": other, "eval": whole}),
    )


def shuffled(found, seed):
    """Return the same statistics with columns, and equally frequent values, in another order."""
    draw, other = random.Random(seed), type(found)()
    other.CopyFrom(found)
    features = list(other.datasets[0].features)
    texts = features[-1].string_stats
    for messages in (texts.rank_histogram.buckets, texts.top_values):
        copies = draw.sample(list(messages), len(messages))
        del messages[:]
        messages.extend(copies)
    copies = draw.sample(features, len(features))
    del other.datasets[0].features[:]
    other.datasets[0].features.extend(copies)
    return other


@pytest.mark.slow
@given(columns=COLUMNS, seed=st.integers(0, 99))
def test_statistics_are_equal_to_themselves_in_any_order_and_one_change_is_found(tmp_path_factory, columns, seed):
    top, found = tmp_path_factory.mktemp("statistics"), statistics(columns)
    one, other = pair_of(top, found, shuffled(found, seed))
    assert compare_statistics(one, one, 0.0).level == "identical"
    assert compare_statistics(one, other, 0.0).level in ("identical", "equal")
    changed = shuffled(found, seed)
    column = changed.datasets[0].features[0]
    if column.HasField("num_stats"):
        column.num_stats.mean += 2.0 + abs(column.num_stats.mean)
        place = "mean"
    else:
        column.string_stats.top_values[0].frequency += 1
        place = f"top_values, {column.string_stats.top_values[0].value}"
    part = compare_statistics(*pair_of(top, found, changed), 1e-6)
    assert (part.level, part.counts) == ("different", {"columns": 1})
    assert [line.rpartition(":")[0] for line in part.details] == [f"train, {column.path.step[0]}, {place}"]


@pytest.mark.parametrize(
    ("mean", "level", "size"), [(50.0, "equal", None), (50.000001, "close", 1e-8), (51.0, "different", 1e-2)]
)
def test_level_and_size_follow_from_the_tolerance_and_the_values_of_the_column(tmp_path, mean, level, size):
    found, other = statistics({"n": [0.0, 100.0]}), statistics({"n": [0.0, 100.0]})
    other.datasets[0].features[0].num_stats.mean = mean
    other.datasets[0].features[0].num_stats.ClearField("num_zeros")
    other.datasets[0].features[0].num_stats.num_zeros = 0
    part = compare_statistics(*pair_of(tmp_path, found, shuffled(other, 1)), 1e-6)
    assert part.level == level
    assert part.difference == (size if size is None else pytest.approx(size, rel=1e-6))
    if size:
        assert "train, n, mean" in part.words


def test_noise_of_a_mean_around_zero_is_no_difference(tmp_path):
    found, other = statistics({"n": [-1e6, 1e6]}), statistics({"n": [-1e6, 1e6]})
    found.datasets[0].features[0].num_stats.mean, other.datasets[0].features[0].num_stats.mean = 1e-4, -1e-4
    assert compare_statistics(*pair_of(tmp_path, found, other), 1e-6).level == "close"


def test_count_that_differs_by_one_of_millions_is_a_difference(tmp_path):
    rows = 10**7
    found, other = statistics({"n": [1.0]}, rows), statistics({"n": [1.0]}, rows)
    other.datasets[0].features[0].num_stats.common_stats.num_non_missing = rows - 1
    part = compare_statistics(*pair_of(tmp_path, found, other), 1e-6)
    assert (part.level, part.details) == ("different", ("train, n, num_non_missing: 10000000 and 9999999",))


def test_column_or_split_or_rows_of_one_run_alone_are_found(tmp_path):
    one, other = pair_of(tmp_path, statistics({"n": [1.0], "m": [2.0]}), statistics({"n": [1.0]}))
    assert compare_statistics(one, other, 1e-6).details == ("train, m: a column and none",)
    more = write_statistics(tmp_path / "more", {"train": statistics({"n": [1.0], "m": [2.0]}, rows=101)})
    found = compare_statistics(one, more, 1e-6)
    assert found.level == "different"
    assert "eval, rows: a column and none" in found.details


def test_file_that_is_no_statistics_is_refused(tmp_path):
    one, other = pair_of(tmp_path, statistics({"n": [1.0]}), statistics({"n": [2.0]}))
    (other / "Split-train" / "FeatureStats.pb").write_bytes(b"\xff\xff")
    with pytest.raises(DataError, match="expected statistics of TFDV"):
        compare_statistics(one, other, 1e-6)


@pytest.mark.parametrize(("moved", "level"), [(0, "identical"), (9, "close"), (11, "different")])
def test_histograms_may_differ_by_the_accuracy_of_the_sketches_of_tfdv(tmp_path, moved, level):
    found, other = statistics({"n": [0.0, 100.0]}, rows=1000), statistics({"n": [0.0, 100.0]}, rows=1000)
    for each, lower in ((found, 500), (other, 500 + moved)):
        buckets = each.datasets[0].features[0].num_stats.histograms[0].buckets
        del buckets[:]
        buckets.add(low_value=0, high_value=50, sample_count=lower)
        buckets.add(low_value=50, high_value=100, sample_count=1000 - lower)
    part = compare_statistics(*pair_of(tmp_path, found, other), 1e-6)
    assert part.level == level
    if moved:
        assert "train, n, standard histogram" in part.words
