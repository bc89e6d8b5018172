"""Pairs of columns that together determine the label: generated tables with such a pair, and without."""

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


def test_few_wrong_rows_of_a_comparison_do_not_hide_it():
    label = COST > REVENUE
    # Not among the rows of the search.
    columns = {name: np.tile(values, 3) for name, values in (("revenue", REVENUE), ("cost", COST))}
    wrong = np.tile(label, 3)
    rest = np.setdiff1d(np.arange(3 * ROWS), np.linspace(0, 3 * ROWS - 1, 2_000).astype(int))
    wrong[rest[:5]] ^= True
    assert found("binary", wrong, **columns)["cost"].endswith("in 5,995 of 6,000 rows")


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
    order = np.random.default_rng(2).permutation(len(table.target))
    columns = {f"c{place}": column[order] for place, column in enumerate(table.data.T)}
    assert found(task, table.target[order], **columns) == {}
