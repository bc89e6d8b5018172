"""StatisticsGen: what it writes where, and that this process finds what Beam finds."""

import math
import random
from collections import Counter
from pathlib import Path

import pytest

from tests.components.launching import BEAM, artifact, channel, examples, execute, files_of
from tests.modules.conftest import example

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def generator():
    from components.statistics_gen import StatisticsGen

    return StatisticsGen


def table(count, seed=1):
    """Return rows with every kind of column; one has no value at all, one is there in the later rows alone."""
    draw = random.Random(seed)
    rows = []
    for number in range(count):
        row = {
            "whole": draw.randrange(-5, 50),
            "große zahl/b": draw.gauss(1e6, 3.0),
            "text": draw.choice(["a", "größer", "", "x" * 200]),
            "many": f"{draw.randrange(10**6)}",
            "zeros": 0.0,
            "nan": draw.choice([1.0, math.nan]),
            "empty": None,
            **({"late": number} if number > count // 2 else {}),
        }
        rows.append({name: None if draw.random() < 0.1 else value for name, value in row.items()})
    return rows


@pytest.fixture(scope="module")
def small_batches():
    """Have the rows read in more than one batch, some of which lack a column."""
    from components import statistics_gen

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(statistics_gen, "BATCH_ROWS", 100)
        yield


@pytest.fixture(scope="module")
def written(generator, small_batches, tmp_path_factory):
    """Return the artifacts of this process and of Beam for the same examples, of which the split `none` has no row."""
    folder = tmp_path_factory.mktemp("statistics")
    splits = {name: [example(row) for row in table(count)] for name, count in (("train", 900), ("eval", 7))}
    given = examples(folder / "examples", {**splits, "none": []}, files=2)
    given.span = 4
    found = []
    for name, arguments in (("here", []), ("beam", BEAM)):
        node = generator(channel("Examples"), categories=["whole", "text", "zeros", "absent"])
        output = artifact("ExampleStatistics", folder / name)
        execute(node, {"examples": given}, {"statistics": output}, folder, arguments)
        found.append(output)
    return found


def read(artifact, split):
    """Return number of rows and statistics by column."""
    from tensorflow_metadata.proto.v0 import statistics_pb2

    data = Path(artifact.uri, f"Split-{split}", "FeatureStats.pb").read_bytes()
    [found] = statistics_pb2.DatasetFeatureStatisticsList.FromString(data).datasets
    return found.num_examples, {column.path.step[0]: column for column in found.features}


def test_columns_have_the_order_of_their_names_wherever_they_are_computed(written):
    orders = [list(read(artifact, split)[1]) for artifact in written for split in ("train", "eval")]
    assert orders == [sorted(order) for order in orders]
    assert orders[:2] == orders[2:]


def test_statistics_in_any_order_are_put_into_that_of_the_names():
    from tensorflow_metadata.proto.v0 import statistics_pb2

    from components.statistics_gen import by_name

    found = statistics_pb2.DatasetFeatureStatisticsList()
    dataset = found.datasets.add(num_examples=3)
    for name in ("fare", "Zone", "straße", "a b"):
        dataset.features.add().path.step.append(name)
    dataset.features.add(name="company")
    before = found.SerializeToString()
    names = [next(iter(each.path.step), each.name) for each in by_name(found).datasets[0].features]
    assert names == ["Zone", "a b", "company", "fare", "straße"]
    assert found.SerializeToString() == before


def test_files_and_properties_are_where_tfx_looks_for_them(written):
    here, beam = written
    expected = {f"Split-{split}/FeatureStats.pb" for split in ("train", "eval", "none")}
    assert files_of(Path(here.uri)) == expected == files_of(Path(beam.uri))
    assert here.split_names == beam.split_names
    assert here.span == beam.span == 4


@pytest.mark.parametrize("split", ["train", "eval", "none"])
def test_columns_have_the_statistics_that_beam_gives(written, split):
    (rows, here), (others, beam) = (read(artifact, split) for artifact in written)
    assert rows == others
    assert set(here) == set(beam)
    for name, column in here.items():
        assert values(column) == pytest.approx(values(beam[name]), rel=1e-6, abs=1e-9, nan_ok=True), name
        assert texts(column) == texts(beam[name]), name


def values(column):
    """Return the numbers of a column's statistics."""
    kind = column.WhichOneof("stats")
    found = getattr(column, kind)
    counts, numbers = found.common_stats, column.num_stats
    return {
        **{"type": column.type, "present": counts.num_non_missing, "missing": counts.num_missing},
        **{"most": counts.max_num_values, "least": counts.min_num_values, "values": counts.tot_num_values},
        **{name: getattr(numbers, name) for name in ("min", "max", "mean", "std_dev", "median", "num_zeros")},
        **{"unique": column.string_stats.unique, "length": column.string_stats.avg_length},
    }


def texts(column):
    """Return the most frequent values with their counts; the order of equal counts is Beam's own."""
    found = column.string_stats.top_values
    counts = [each.frequency for each in found]
    last = min(counts, default=0)
    return sorted(counts), {(each.value, each.frequency) for each in found if each.frequency > last}


def test_statistics_are_those_of_the_rows(written):
    rows = table(900)
    count, columns = read(written[0], "train")
    assert count == 900
    assert set(columns) == set(rows[-1]) | {"late"}
    empty = columns["empty"]
    assert getattr(empty, empty.WhichOneof("stats")).common_stats.num_missing == 900
    there = [row["große zahl/b"] for row in rows if row["große zahl/b"] is not None]
    number = columns["große zahl/b"].num_stats
    assert number.common_stats.num_non_missing == len(there)
    assert number.mean == pytest.approx(sum(there) / len(there), rel=1e-6)
    assert columns["late"].num_stats.common_stats.num_missing == sum(row.get("late") is None for row in rows)


@pytest.mark.parametrize("place", ["here", "beam"])
def test_categories_that_are_numbers_have_counts_in_addition_to_their_statistics(written, place):
    from penstock.core.value_counts import value_counts

    rows = table(900)
    _, columns = read(written[place == "beam"], "train")
    assert {name for name, column in columns.items() if value_counts(column)} == {"whole", "zeros"}
    assert columns["whole"].WhichOneof("stats") == "num_stats"
    there = Counter(str(row["whole"]) for row in rows if row["whole"] is not None)
    assert {each.label: each.sample_count for each in value_counts(columns["whole"]).buckets} == there


def test_counts_of_categories_change_nothing_of_the_inferred_schema(written):
    from components import pushed_statistics
    from components.schema_gen import infer

    found = pushed_statistics.read(Path(written[0].uri, "Split-train", "FeatureStats.pb"))
    plain = type(found).FromString(found.SerializeToString())
    for column in plain.datasets[0].features:
        del column.custom_stats[:]
    assert infer([found]) == infer([plain])


@pytest.mark.parametrize(("first", "second", "same"), [("a", "a", True), ("a", "b", False), ("", "b", False)])
def test_code_is_in_what_the_cache_key_is_made_of(generator, first, second, same):
    specs = [
        generator(channel("Examples"), code=code).executor_spec.encode().SerializeToString(deterministic=True)
        for code in (first, second)
    ]
    assert (specs[0] == specs[1]) is same
    assert generator.EXECUTOR_SPEC.extra_flags == []
