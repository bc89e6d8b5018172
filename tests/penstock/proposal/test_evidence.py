"""Columns of every role are scored, lists by each of their positions."""

import numpy as np
import pyarrow as pa
import pytest

from penstock.proposal.evidence import Evidence
from penstock.proposal.roles import Choice
from penstock.proposal.task import choose_task
from tests.penstock.proposal.proposals import column, label, text

ROWS = 300
DRAW = np.random.default_rng(4)
X = DRAW.normal(size=ROWS)
LABEL = np.where(X + 0.5 * DRAW.normal(size=ROWS) > 0, "b", "a")

COLUMNS = {
    "numbers": (X, column("c", "number", "DOUBLE"), "numeric"),
    "categories": (np.where(X > 0, "x", "y"), text(), "categorical"),
    "codes": ((X > 0) * 70_000, column(), "categorical"),
    "numbers as text": ([f"{value}" for value in X], text(), "numeric"),
    "texts": ([f"row {n} is {'up' if x > 0 else 'down'}" for n, x in enumerate(X)], text(words=4.0), "text"),
    "lists": ([[0.0, value] for value in X], column("c", "list", "DOUBLE[]", length=2), "vector[2]"),
}


def evidence(values, known):
    task = choose_task(label(counts=(("a", 150), ("b", 149))))
    return Evidence.of(pa.table({"c": values, "label": LABEL}), "label", task, {"c": known})


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_counts_by_its_role(name):
    values, known, role = COLUMNS[name]
    found = evidence(values, known).quick_scores([Choice("c", role, "")], "auc")
    assert found.constant == 0.5
    assert found.quick > 0.75


def test_long_text_is_cut_down_to_the_words_that_are_looked_at(monkeypatch):
    monkeypatch.setattr("penstock.proposal.evidence._MOST_WORDS", 1000)
    monkeypatch.setattr("penstock.proposal.evidence._LEAST_ROWS", 10)
    values = [f"row {n} is new" for n in range(ROWS)]
    assert evidence(values, text(words=20.0)).data.num_rows == 50
    assert evidence(values, text(words=2.0)).data.num_rows == ROWS


def test_a_list_leaks_the_label_by_one_of_its_positions():
    values = [[0.0, float(value == "b")] for value in LABEL]
    known = column("c", "list", "DOUBLE[]", length=2)
    [choice], [leak] = evidence(values, known).without_leaks([Choice("c", "vector[2]", "")])
    assert (choice.role, leak.score) == ("vector[2]", 1.0)


def test_a_large_sample_is_looked_at_in_part(monkeypatch):
    monkeypatch.setattr("penstock.proposal.evidence._MOST_ROWS", 50)
    found = evidence(X, column("c", "number", "DOUBLE"))
    assert (found.data.num_rows, len(found.label.values)) == (50, 50)
    assert found.data.column("c")[49].as_py() == X[-1]


def by_order(values, known, role):
    return evidence(values, known).by_order([Choice("c", role, "as before")])[0]


def test_amounts_with_the_name_of_a_code_are_numeric_because_their_order_says_more():
    feet = (1_000 + 200 * X).astype(np.int64)
    assert by_order(feet, column(distinct=250), "categorical").role == "numeric"
    assert "by their order" in by_order(feet, column(distinct=250), "categorical").reason


def test_codes_whose_values_say_as_much_stay_categories():
    # The label depends on the code and not on its order.
    codes = np.where(LABEL == "a", DRAW.choice([3, 17, 40, 91], ROWS), DRAW.choice([5, 22, 39, 90], ROWS))
    assert by_order(codes, column(distinct=8), "categorical").reason == "as before"


@pytest.mark.parametrize(
    ("values", "role"),
    [(DRAW.permutation(ROWS) * 7 + 100_000, ""), ((X * 1e6).astype(np.int64), "numeric")],
    ids=["an identifier", "an amount"],
)
def test_whole_numbers_that_differ_in_every_row_are_an_identifier_if_their_order_says_nothing(values, role):
    unique = column(distinct=ROWS, sampled=ROWS, present=ROWS)
    found = by_order(values, unique, "numeric")
    assert (found.role, found.alternative_role) == (role, "" if role else "numeric")
    repeated = column(distinct=ROWS - 1, sampled=ROWS, present=ROWS)
    assert by_order(values, repeated, "numeric").role == "numeric"


def test_few_rows_decide_nothing_by_order():
    few = Evidence.of(
        pa.table({"c": np.arange(50) * 3, "label": LABEL[:50]}),
        "label",
        choose_task(label(counts=(("a", 25), ("b", 25)))),
        {"c": column(distinct=50, sampled=50, present=50)},
    )
    assert few.by_order([Choice("c", "numeric", "")])[0].role == "numeric"
