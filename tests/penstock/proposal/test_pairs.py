"""Pairs of columns that together determine the label: generated tables with such a pair, and without."""

from itertools import combinations

import numpy as np
import pytest

from penstock.proposal.pairs import pairs
from penstock.proposal.scores import Target

ROWS = 2_000
DRAW = np.random.default_rng(14)
NOISE = DRAW.normal(size=(6, ROWS))
REVENUE = np.exp(NOISE[0]) * 1_000
COST = REVENUE * np.exp(0.1 * NOISE[1])
ONE, OTHER = DRAW.integers(0, 4, ROWS), DRAW.integers(0, 4, ROWS)
OTHERS = {"age": NOISE[2], "size": np.exp(NOISE[3]), "zone": DRAW.integers(0, 12, ROWS)}


def yielded(task, label, **columns):
    values = np.asarray(label, np.float64 if task == "regression" else np.int64)
    parts = {name: [(each, False)] for name, each in columns.items()}
    return sorted(each.column for each in pairs(parts, Target(task, values, np.isfinite(values)), list(columns)))


def found(task, label, *, codes=(), **columns):
    values = np.asarray(label, np.float64)
    known = np.isfinite(values)
    kept = np.nan_to_num(values)
    target = Target(task, kept if task == "regression" else kept.astype(np.int64), known)
    parts = {name: [(np.asarray(each, np.float64), name in codes)] for name, each in columns.items()}
    reasons: dict[str, str] = {}
    for each in pairs(parts, target, list(columns)):
        reasons.setdefault(each.column, each.reason)
    return reasons


def with_missing(values, share=0.2):
    return np.where(DRAW.random(len(values)) < share, np.nan, values)


SUMS = {
    "a difference": REVENUE - COST,
    "a difference, rounded": np.round(REVENUE - COST, 2),
    "a sum with factors and a constant": 0.3 * REVENUE + 2 * COST - 17,
    "a sum of great numbers": 1e9 * REVENUE - 1e9 * COST,
    "a label that is missing in some rows": with_missing(REVENUE - COST),
}


@pytest.mark.parametrize("label", SUMS.values(), ids=SUMS)
def test_columns_whose_difference_is_the_label_are_named_with_each_other(label):
    reasons = found("regression", label, revenue=REVENUE, **OTHERS, cost=COST)
    assert sorted(reasons) == ["cost", "revenue"]
    words = "the label is a sum or difference of it and 'revenue', with R2 "
    assert reasons["cost"].startswith(words)
    assert float(reasons["cost"].removeprefix(words)) >= 0.9999


def test_pair_with_missing_values_is_found_on_the_rows_that_have_both():
    columns = {"revenue": with_missing(REVENUE), "cost": with_missing(COST)}
    assert sorted(found("regression", REVENUE - COST, **columns, **OTHERS)) == ["cost", "revenue"]


@pytest.mark.parametrize("label", [REVENUE * OTHERS["size"], REVENUE / OTHERS["size"]], ids=["product", "quotient"])
def test_columns_whose_product_or_quotient_is_the_label_are_named(label):
    reasons = found("regression", label, revenue=REVENUE, **OTHERS, cost=COST)
    assert sorted(reasons) == ["revenue", "size"]
    assert reasons["size"].startswith("the label is a product or quotient of it and 'revenue', with R2 1.0")


def test_each_of_several_copies_is_named():
    columns = {"revenue": REVENUE, "cost": COST, "cost_copy": COST + 1}
    assert sorted(found("regression", REVENUE - COST, **columns)) == ["cost", "cost_copy", "revenue"]


@pytest.mark.parametrize("years", [3, 10])
@pytest.mark.parametrize("unit", [1, 86_400], ids=["seconds", "days"])
def test_difference_of_two_times_is_found_over_years(years, unit):
    for seed in range(5):
        draw = np.random.default_rng(seed)
        start = np.round(1.5e9 + draw.random(ROWS) * years * 365 * 86_400)
        took = np.round(60 + 240 * draw.random(ROWS))
        assert sorted(found("regression", took, start=start / unit, end=(start + took) / unit, **OTHERS)) == [
            "end",
            "start",
        ]


@pytest.mark.parametrize("distance", [1e-3, 1e-5, 1e-6, 1e-7])
def test_nearly_equal_columns_have_no_pair(distance):
    draw = np.random.default_rng(3)
    columns = {f"c{place}": NOISE[0] + distance * draw.normal(size=ROWS) for place in range(20)}
    assert found("regression", NOISE[0] + NOISE[1], **columns) == {}
    assert found("regression", NOISE[2], **columns) == {}


def test_pairs_that_are_near_the_label_in_extreme_rows_do_not_hide_the_true_one():
    row = np.arange(ROWS)
    revenue, cost = REVENUE + 1e6 * (row < 4), COST + 1e6 * ((row >= 4) & (row < 8))
    label = revenue - cost + 2e4 * (-1.0) ** row * (row < 8)
    near = {f"near{place}": np.where(row < 8, label, 30 * noise) for place, noise in enumerate([*NOISE, CHANCE])}
    assert sorted(found("regression", label, **near, revenue=revenue, cost=cost)) == ["cost", "revenue"]


def test_label_that_is_a_column_itself_is_no_pair_of_it_and_others():
    assert found("regression", REVENUE, revenue=REVENUE, **OTHERS) == {}


HONEST_NUMBERS = {
    "noise of a twentieth": REVENUE - COST + 0.05 * np.std(REVENUE - COST) * NOISE[4],
    "a third column": REVENUE - COST + 500 * OTHERS["age"],
    "chance": NOISE[5],
    "few extreme rows": np.where(np.arange(ROWS) < 4, 1e6 * (REVENUE - COST), NOISE[4]),
    "nearly one column alone": REVENUE + 0.01 * NOISE[4],
    "a bent function": np.sqrt(REVENUE) + OTHERS["age"] ** 2,
}


@pytest.mark.parametrize("label", HONEST_NUMBERS.values(), ids=HONEST_NUMBERS)
def test_number_that_two_columns_do_not_give_has_no_pair(label):
    assert found("regression", label, revenue=REVENUE, **OTHERS, cost=COST) == {}


def test_columns_that_the_label_compares_are_named_with_the_rows():
    promised, took = 10 + NOISE[0], 10 + NOISE[0] + 0.2 * NOISE[1]
    reasons = found("binary", took > promised, promised=promised, took=took, **OTHERS)
    assert reasons == {
        "promised": "the label says whether it is above 'took' in 2,000 of 2,000 rows",
        "took": "the label says whether 'promised' is above it in 2,000 of 2,000 rows",
    }
    # The other class, and some rows without a time.
    given = {"promised": with_missing(promised), "took": took}
    assert sorted(found("binary", took <= promised, **given)) == ["promised", "took"]


def test_cut_of_a_difference_or_a_ratio_is_named():
    paid, age = REVENUE * np.exp(NOISE[1]) * (NOISE[5] > 0), OTHERS["age"]
    ratio = found("binary", paid > 1.2 * REVENUE, revenue=REVENUE, paid=paid, **OTHERS)
    assert sorted(ratio) == ["paid", "revenue"]
    assert ratio["paid"].startswith("the label says whether it divided by 'revenue' is above 1.2 in ")
    difference = found("binary", age - NOISE[3] > 0.5, age=age, other=NOISE[3], revenue=REVENUE)
    assert sorted(difference) == ["age", "other"]
    assert difference["age"].startswith("the label says whether it minus 'other' is above 0.")


@pytest.mark.parametrize("seed", range(5))
def test_few_wrong_rows_of_a_comparison_do_not_hide_it(seed):
    draw = np.random.default_rng(seed)
    columns = {name: np.tile(values, 3) for name, values in (("revenue", REVENUE), ("cost", COST))}
    wrong = draw.choice(3 * ROWS, 25, replace=False)
    label = columns["cost"] > columns["revenue"]
    label[wrong] ^= True
    words = "the label says whether 'revenue' is above it in 5,975 of 6,000 rows"
    assert found("binary", label, **columns, noise=draw.normal(size=3 * ROWS))["cost"] == words
    ratio = columns["cost"] > 1.05 * columns["revenue"]
    ratio[draw.choice(3 * ROWS, 15, replace=False)] ^= True
    reason = found("binary", ratio, **columns)["cost"]
    assert reason.startswith("the label says whether 'revenue' divided by it is above 0.95")
    label[draw.choice(3 * ROWS, 100, replace=False)] ^= True
    assert found("binary", label, **columns) == {}


def test_rare_class_is_looked_at_where_no_evenly_spaced_row_has_it():
    rows = 20_000
    draw = np.random.default_rng(0)
    rare = np.zeros(rows, bool)
    rare[np.setdiff1d(np.arange(rows), np.linspace(0, rows - 1, 2_000).astype(int))[::300][:60]] = True
    promised = draw.normal(size=rows)
    took = np.where(rare, promised + 0.1 + draw.random(rows), promised - 0.1 - draw.random(rows))
    others = {"age": draw.normal(size=rows), "size": np.exp(draw.normal(size=rows))}
    assert found("binary", rare, **others) == {}
    assert sorted(found("binary", rare, promised=promised, took=took, **others)) == ["promised", "took"]


def test_each_of_many_copies_is_named_once_by_each_rule():
    ones = {f"a{place}": NOISE[0] + 10 for place in range(5)}
    others = {f"b{place}": NOISE[1] + 10 for place in range(6)}
    columns = {**ones, **others, **OTHERS}
    for task, label in (("binary", NOISE[0] > NOISE[1]), ("regression", NOISE[0] - NOISE[1])):
        assert yielded(task, label, **columns) == sorted([*ones, *others])


def test_columns_with_values_in_one_class_only_are_compared_with_none():
    label = CHANCE < 0.4
    columns = {f"c{place}": np.where(label, noise, np.nan) for place, noise in enumerate(NOISE)}
    assert found("binary", label, **columns, **OTHERS) == {}


def test_combination_of_many_categories_is_not_looked_at_for_very_many_classes():
    columns = {f"c{number}": np.arange(3 * ROWS) // 45**number % 45 for number in range(2)}
    label = columns["c0"] + 45 * columns["c1"]
    assert found("multiclass", label, codes=tuple(columns), **columns) == {}


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_categories_that_name_the_class_together_are_named(task):
    label = (ONE + OTHER) % (2 if task == "binary" else 4)
    columns = {"one": ONE, "other": OTHER, **OTHERS}
    reasons = found(task, label, codes=("one", "zone"), **columns)
    assert sorted(reasons) == ["one", "other"]
    assert reasons["one"].startswith("it and 'other' together name the class, with a gain of accuracy of 1.000, and 0.")


def test_missing_is_a_category_of_its_own():
    one = np.where(ONE == 3, np.nan, ONE)
    assert sorted(found("binary", (ONE + OTHER) % 2, codes=("one", "other"), one=one, other=OTHER)) == ["one", "other"]


CHANCE = DRAW.random(ROWS)
HONEST_CLASSES = {
    "a rule in nine of ten rows": np.where(CHANCE < 0.9, (ONE + OTHER) % 2, ONE % 2),
    "the odds of each": 1 / (1 + np.exp(-(ONE - OTHER + NOISE[0]))) > CHANCE,
    "a rule of three columns": (ONE + OTHER + OTHERS["zone"]) % 2,
    "chance": CHANCE < 0.3,
    "a rare class": CHANCE < 0.01,
    "one column by itself": ONE > 1,
    "a comparison with noise": COST * np.exp(0.02 * NOISE[4]) < REVENUE,
    "a sum of three": OTHERS["age"] + NOISE[0] > NOISE[1],
}


@pytest.mark.parametrize("label", HONEST_CLASSES.values(), ids=HONEST_CLASSES)
def test_class_that_two_columns_do_not_name_has_no_pair(label):
    columns = {"one": ONE, "other": OTHER, "revenue": REVENUE, "cost": COST, **OTHERS}
    assert found("binary", label, codes=("one", "other", "zone"), **columns) == {}


def test_many_categories_name_no_class_by_chance():
    columns = {f"c{number}": DRAW.integers(0, 45, ROWS) for number in range(12)}
    assert found("binary", CHANCE < 0.5, codes=tuple(columns), **columns) == {}


@pytest.mark.parametrize("rows", [0, 3, 99])
def test_few_rows_have_no_pair(rows):
    label = np.where(np.arange(ROWS) < rows, REVENUE - COST, np.nan)
    assert found("regression", label, revenue=REVENUE, cost=COST) == {}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("task", "name"),
    [
        ("regression", "diabetes"),
        ("multiclass", "iris"),
        ("multiclass", "wine"),
        ("multiclass", "digits"),
        ("binary", "breast_cancer"),
    ],
)
def test_tables_of_scikit_learn_have_no_pair(task, name):
    from sklearn import datasets

    table = getattr(datasets, f"load_{name}")()
    assert of_table(task, table.data, table.target) == {}


def of_table(task, data, target):
    order = np.random.default_rng(2).permutation(len(target))
    return found(task, target[order], **{f"c{place}": column[order] for place, column in enumerate(data.T)})


@pytest.mark.slow
@pytest.mark.parametrize("name", ["iris", "wine", "digits"])
def test_each_class_against_the_others_has_no_pair(name):
    from sklearn import datasets

    table = getattr(datasets, f"load_{name}")()
    for number in set(table.target.tolist()):
        assert of_table("binary", table.data, table.target == number) == {}


@pytest.mark.slow
def test_digits_two_at_a_time_have_no_pair():
    from sklearn.datasets import load_digits

    table = load_digits()
    for one, other in combinations(range(10), 2):
        rows = np.isin(table.target, (one, other))
        assert of_table("binary", table.data[rows], table.target[rows] == other) == {}
