"""Columns that may leak the label: with a leak that was found, later than the row, or with values in one class only."""

import numpy as np
import pytest

from penstock.proposal.roles import Choice
from penstock.proposal.scores import Target
from penstock.proposal.suspects import suspects
from tests.penstock.proposal.proposals import column

ROWS = 1000
DRAW = np.random.default_rng(8)
LABEL = (DRAW.random(ROWS) < 0.4).astype(np.int64)
NOISE = DRAW.normal(size=(4, ROWS))
TARGET = Target("binary", LABEL, np.ones(ROWS, bool))
# What was paid back is known only after a default, and leaks it.
PAID = np.where(LABEL, 100 + 50 * np.exp(NOISE[0]), 0.1 * NOISE[1])


def found(label=TARGET, *, leaks=(), codes=(), profiles=None, **columns):
    choices = [
        Choice(name, "" if name in leaks else "numeric", "", "numeric", score=1.0 if name in leaks else None)
        for name in columns
    ]
    parts = {name: [(np.asarray(values, np.float64), name in codes)] for name, values in columns.items()}
    known = {name: column(name, **(profiles or {}).get(name, {})) for name in columns}
    return {each.column: each.reason for each in suspects(parts, label, choices, known)}


def test_column_that_goes_with_a_leak_within_a_class_is_a_suspect():
    fee = 0.05 * PAID + NOISE[2]
    reasons = found(leaks=("paid",), paid=PAID, fee=fee, income=LABEL + NOISE[3])
    assert list(reasons) == ["fee"]
    assert reasons["fee"].startswith("its correlation with 'paid', which leaks it, is 0.")


def test_good_feature_is_no_suspect_though_it_goes_with_the_leak_through_the_label():
    assert found(leaks=("paid",), paid=PAID, score=3 * LABEL + NOISE[2]) == {}


def test_leak_that_is_the_label_in_other_words_makes_no_suspects():
    assert found(leaks=("copy",), copy=1 - LABEL, score=3 * LABEL + NOISE[2], other=NOISE[0]) == {}


def test_categories_go_with_a_leak_by_the_mean_of_its_ranks():
    kind = np.digitize(PAID, [0, 120, 160, 250])
    many, two = DRAW.integers(0, 300, ROWS), DRAW.integers(0, 2, ROWS)
    codes = ("kind", "many", "two")
    assert list(found(leaks=("paid",), codes=codes, paid=PAID, kind=kind, many=many, two=two)) == ["kind"]


def test_column_that_is_missing_in_the_rows_of_the_leak_is_a_suspect():
    where = LABEL == 0
    paid, agent = np.where(where, np.nan, PAID), np.where(where, np.nan, NOISE[2])
    reasons = found(leaks=("paid",), paid=paid, agent=agent, income=NOISE[3])
    assert reasons == {"agent": "it is missing in the same rows as 'paid', which leaks it"}


def test_leak_of_a_number_is_compared_within_ranges_of_the_label():
    price = np.exp(NOISE[0])
    leak = price * (1 + 0.05 * NOISE[1])
    label = Target("regression", price, np.ones(ROWS, bool))
    reasons = found(label, leaks=("leak",), leak=leak, tax=leak * (1 + 0.01 * NOISE[2]), size=price + NOISE[3])
    assert list(reasons) == ["tax"]
    assert reasons["tax"].endswith("within a range of the label")


TIMES = {"kind": "timestamp", "type": "DATE"}
OPENED = DRAW.uniform(0, 300, ROWS)


def test_time_that_is_later_in_nearly_all_rows_is_a_suspect():
    times = {"closed": OPENED + DRAW.uniform(1, 9, ROWS), "opened": OPENED, "born": OPENED - 9000}
    profiles = dict.fromkeys(times, TIMES)
    reasons = found(profiles=profiles, **times)
    assert reasons["closed"] == "it is later than 'opened' in 1,000 of 1,000 rows"
    assert list(reasons) == ["closed"]


def test_times_in_any_order_are_no_suspects():
    times = {"first": OPENED, "second": DRAW.permutation(OPENED)}
    assert found(profiles=dict.fromkeys(times, TIMES), **times) == {}


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        (LABEL == 1, "it has values in {0} rows, {0} of which have one class"),
        ((LABEL == 1) & (NOISE[3] > 0), "it has values in {0} rows, {0} of which have one class"),
        ((LABEL == 0) | (NOISE[3] > 0), "it is missing in {1} rows, {1} of which have one class"),
    ],
)
def test_column_with_values_in_one_class_only_is_a_suspect(rows, what):
    values = np.where(rows, NOISE[0], np.nan)
    reasons = found(x=values, y=NOISE[1], profiles={"x": {"present": int(rows.sum())}})
    assert reasons == {"x": what.format(int(rows.sum()), int((~rows).sum()))}


def test_missing_at_random_is_no_suspect():
    values = np.where(NOISE[3] > 0, NOISE[0], np.nan)
    assert found(x=values, profiles={"x": {"present": int(np.isfinite(values).sum())}}) == {}


def test_name_of_an_outcome_is_a_suspect():
    assert found(refund_amount=NOISE[0], amount=NOISE[1]) == {
        "refund_amount": "by its name (refund) it is known after the outcome"
    }


def test_few_rows_say_nothing():
    label = Target("binary", LABEL, np.arange(ROWS) < 40)
    assert found(label, leaks=("paid",), paid=PAID, fee=PAID + NOISE[2]) == {}
