"""DriftReport: distances by TFDV from the newest pushed version, compared with thresholds."""

import json
import random

import pytest

pytestmark = pytest.mark.slow


CATEGORIES = ("area", "flag")


def statistics(count=2000, *, seed=1, shift=0.0, cash=0.5, categories=CATEGORIES, **columns):
    """Return statistics of a skewed column of numbers and one of text; others are given with their values."""
    import pyarrow as pa
    from tensorflow_data_validation.statistics import stats_impl

    from components.value_counts import options
    from penstock.tables.examples.write import to_lists

    draw = random.Random(seed)
    table = {
        "fare": [draw.lognormvariate(shift, 1.5) for _ in range(count)],
        "paid": ["cash" if draw.random() < cash else "card" for _ in range(count)],
        **columns,
    }
    batch = to_lists(pa.RecordBatch.from_pydict({name: values for name, values in table.items() if values is not None}))
    generators = stats_impl.get_generators(options(categories), in_memory=True)
    partial = [generator.add_input(generator.create_accumulator(), batch) for generator in generators]
    return stats_impl.extract_statistics_output(partial, generators)


def judged(current, earlier, *compared, **columns):
    from components.drift_report import Thresholds, judge

    found = judge(current, earlier, Thresholds(0.1, 0.2, columns), compared or ("fare", "paid", *CATEGORIES))
    return {each.column: each for each in found}


def test_equal_statistics_are_at_no_distance():
    found = judged(statistics(), statistics())
    assert {name: each.distance for name, each in found.items()} == {"fare": 0.0, "paid": 0.0}


@pytest.mark.parametrize("seed", [2, 3, 4])
def test_other_rows_of_the_same_source_are_within_the_thresholds(seed):
    found = judged(statistics(seed=seed), statistics())
    assert all(each.passed for each in found.values()), found


def test_greatest_distance_of_a_categorical_value_and_of_numbers_is_reported():
    found = judged(statistics(cash=0.75, shift=1.5), statistics())
    assert found["paid"].measure == "L-infinity"
    assert found["paid"].distance == pytest.approx(0.25, abs=0.05)
    assert found["fare"].measure == "Jensen-Shannon"
    assert 0.2 < found["fare"].distance < 0.6
    assert not any(each.passed for each in found.values())


def test_categories_that_are_numbers_are_compared_by_the_shares_of_their_values():
    flags = {share: [number < 2000 * share for number in range(2000)] for share in (0.5, 0.9)}
    areas = {rare: [8] * (2000 - rare) + list(range(10, 10 + rare)) for rare in (0, 500)}
    found = judged(statistics(flag=flags[0.9], area=areas[500]), statistics(flag=flags[0.5], area=areas[0]))
    assert {name: (found[name].measure, found[name].threshold, found[name].passed) for name in CATEGORIES} == (
        dict.fromkeys(CATEGORIES, ("L-infinity", 0.1, False))
    )
    assert found["flag"].distance == pytest.approx(0.4)
    assert found["area"].distance == pytest.approx(0.25)


def test_numbers_that_are_no_category_are_compared_by_their_deciles():
    whole = {shift: [number % 10 + shift for number in range(2000)] for shift in (0, 5)}
    found = judged(statistics(area=whole[5], categories=()), statistics(area=whole[0], categories=()))
    assert found["area"].measure == "Jensen-Shannon"
    assert not found["area"].passed


def test_columns_that_are_not_named_are_not_compared():
    found = judged(statistics(area=list(range(2000)), cash=1.0), statistics(area=[5] * 2000), "fare", "absent")
    assert list(found) == ["fare"]


@pytest.mark.parametrize("earlier", [{"area": [1.0] * 2000}, {"area": [1] * 2000, "categories": ()}])
def test_category_of_fractions_or_without_counts_before_has_no_distance(earlier):
    found = judged(statistics(area=[1] * 2000), statistics(**earlier))["area"]
    assert (found.measure, found.distance, found.passed) == ("L-infinity", None, True)


def test_threshold_of_the_column_comes_before_that_of_its_kind():
    found = judged(statistics(cash=0.75, shift=1.5), statistics(), paid=0.4, fare=0.0)
    assert {name: (each.threshold, each.passed) for name, each in found.items()} == {
        "paid": (0.4, True),
        "fare": (0.0, False),
    }
    assert list(found) == ["fare", "paid"]


@pytest.mark.parametrize(
    "earlier",
    [
        {"paid": None},
        {"paid": [1.5] * 2000},
        {"paid": ["", *[None] * 1999]},
    ],
)
def test_column_that_is_new_or_of_another_type_or_empty_has_no_distance(earlier):
    found = judged(statistics(), statistics(**earlier))
    assert (found["paid"].distance, found["paid"].passed) == (None, True)
    assert found["fare"].distance == 0.0


def test_without_earlier_statistics_nothing_is_compared():
    assert {each.distance for each in judged(statistics(), None).values()} == {None}


@pytest.mark.parametrize(
    ("fail_on", "numbers", "failing"),
    [
        ("never", 0.0, []),
        ("drift", 0.0, ["drift"]),
        ("skew", 0.0, ["skew"]),
        ("skew", 0.2, []),
        ("any", 0.0, ["drift", "skew"]),
        ("any", 0.2, ["drift"]),
    ],
)
def test_component_compares_with_the_newest_version_and_eval_with_train(fail_on, numbers, failing, tmp_path):
    from tfx.types import artifact_utils, standard_artifacts

    from components import artifacts
    from components.drift_report import DriftReport
    from penstock.versions.record import STATISTICS

    given, report = standard_artifacts.ExampleStatistics(), artifacts.DriftReport()
    given.uri, report.uri = str(tmp_path / "in"), str(tmp_path)
    given.split_names = artifact_utils.encode_split_names(["train", "eval"])
    for split, seed in (("train", 1), ("eval", 2)):
        file = tmp_path / "in" / f"Split-{split}" / "FeatureStats.pb"
        file.parent.mkdir(parents=True)
        file.write_bytes(statistics(seed=seed).SerializeToString())
    for version, cash in ((1, 0.5), (2, 0.9)):
        file = tmp_path / "models" / str(version) / STATISTICS
        file.parent.mkdir(parents=True)
        file.write_bytes(statistics(cash=cash).SerializeToString())
    drift = {"categories": 0.1, "numbers": 0.2, "columns": {}}
    skew = {"categories": 0.1, "numbers": numbers, "columns": {}}
    directory = str(tmp_path / "models")
    DriftReport.test_call(
        statistics=given,
        report=report,
        directory=directory,
        columns=json.dumps(["fare", "paid"]),
        thresholds=json.dumps({"drift": drift, "skew": skew}),
        fail_on=fail_on,
        code="x",
    )
    written = json.loads((tmp_path / "report.json").read_text())
    assert (written["version"], written["compared"]) == (2, True)
    assert (written["failing"], written["fails"]) == (failing, bool(failing))
    assert [(each["column"], each["passed"]) for each in written["columns"]] == [("paid", False), ("fare", True)]
    skewed = {each["column"]: each for each in written["skew"]}
    assert (skewed["paid"]["passed"], skewed["fare"]["passed"]) == (True, numbers > 0)
    assert 0 < skewed["fare"]["distance"] < 0.2
    assert skewed["fare"]["threshold"] == numbers
    assert report.get_int_custom_property("drifted") == 1
    assert report.get_int_custom_property("skewed") == (numbers == 0)
