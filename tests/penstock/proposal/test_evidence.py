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
