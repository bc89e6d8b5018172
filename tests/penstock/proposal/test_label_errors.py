"""Probable label errors: found in generated tables whose wrong labels are known, few in clean ones."""

import csv
import functools
import io

import numpy as np
import pytest

from penstock.proposal.label_errors import LabelErrors, label_errors
from penstock.proposal.scores import Target

pytestmark = pytest.mark.slow

ROWS = 3000
DRAW = np.random.default_rng(1)
X = DRAW.normal(size=(ROWS, 6))
Z = X[:, 0] + X[:, 1] + 0.5 * X[:, 3]
WRONG = DRAW.random(ROWS) < 0.05
PLACES = np.arange(ROWS) * 2
CLASSES = ("no", "maybe", "yes")


def found(values, task="binary", *, lines=True, rows=ROWS, known=None):
    label = Target(task, values[:rows], np.ones(rows, bool) if known is None else known)
    columns = [(column[:rows], False) for column in X.T]
    return label_errors(columns, label, CLASSES, PLACES[:rows], lines=lines)


def quality(errors):
    """Return precision and recall of the rows that were found."""
    rows = np.array([(each.row - 1) // 2 for each in errors.errors])
    return WRONG[rows].mean(), WRONG[rows].sum() / WRONG.sum()


TWO, THREE, AMOUNT = (Z > 0).astype(int), np.digitize(Z, [-1, 1]), 10 + Z + 0.3 * DRAW.normal(size=ROWS)
TABLES = {
    "binary": ("binary", TWO, np.where(WRONG, 1 - TWO, TWO)),
    "multiclass": ("multiclass", THREE, np.where(WRONG, (THREE + DRAW.integers(1, 3, ROWS)) % 3, THREE)),
    "regression": ("regression", AMOUNT, np.where(WRONG, 10 * AMOUNT, AMOUNT)),
}


@functools.cache
def found_in(name, which):
    """Return what is found in the labels of a table, which several tests read."""
    task, clean, flipped = TABLES[name]
    return found({"clean": clean, "flipped": flipped}[which], task)


# The least precision and recall, and the most false alarms as a share of a clean table.
@pytest.mark.parametrize(
    ("name", "precision", "recall", "alarms"),
    [("binary", 0.95, 0.6, 0.002), ("multiclass", 0.9, 0.5, 0.005), ("regression", 0.9, 0.8, 0.01)],
)
def test_one_of_twenty_wrong_labels_are_found_and_few_in_a_clean_table(name, precision, recall, alarms):
    errors = found_in(name, "flipped")
    reached = quality(errors)
    assert reached[0] >= precision, reached
    assert reached[1] >= recall, reached
    assert len(found_in(name, "clean").errors) <= alarms * ROWS
    assert errors.checked == ROWS


def test_suggestion_is_the_class_before_the_error():
    errors = found_in("multiclass", "flipped").errors
    right = [each.suggested == CLASSES[THREE[(each.row - 1) // 2]] for each in errors]
    assert np.mean(right) > 0.9
    assert [each.score for each in errors] == sorted(each.score for each in errors)


def test_label_that_is_a_matter_of_chance_has_few_errors():
    # A generator of its own: the labels do not depend on the tests that ran before.
    chance = (np.random.default_rng(2).random(ROWS) < 1 / (1 + np.exp(-Z))).astype(int)
    assert len(found(chance).errors) < 0.02 * ROWS


def test_rare_class_that_is_hard_to_predict_is_not_all_errors():
    rare = (np.random.default_rng(3).random(ROWS) < 1 / (1 + np.exp(4 - Z))).astype(int)
    assert 0.02 < rare.mean() < 0.06
    errors = found(rare).errors
    assert sum(each.given == CLASSES[1] for each in errors) < 0.3 * rare.sum()


def test_rows_are_numbered_from_one_and_lines_follow_a_header():
    errors = found_in("binary", "flipped")
    assert all(each.row % 2 == 1 and each.line == each.row + 1 for each in errors.errors)
    assert {each.line for each in found(TABLES["binary"][2], lines=False).errors} == {None}


@pytest.mark.parametrize("values", [TWO, np.zeros(ROWS, int)])
def test_few_rows_or_one_class_are_not_checked(values):
    assert found(values, rows=499) is None
    assert (found(values) is None) == (len(set(values)) < 2)


def test_rows_without_a_label_and_classes_of_few_rows_are_not_checked():
    few = np.where(np.arange(ROWS) < 9, 2, TWO)
    known = np.arange(ROWS) % 3 > 0
    errors = found(few, "multiclass", known=known)
    assert errors.checked == known.sum() - known[:9].sum()
    assert "yes" not in {each.given for each in errors.errors}


def test_file_has_a_row_for_each_error():
    errors = found_in("binary", "flipped")
    rows = list(csv.DictReader(io.StringIO(errors.text())))
    assert len(rows) == len(errors.errors) > 0
    first = errors.errors[0]
    assert rows[0] == {
        **{"row": str(first.row), "line": str(first.line), "given": first.given, "suggested": first.suggested},
        "probability_of_given": str(first.score),
    }
    assert LabelErrors((), 0, "regression").text() == "row,line,given,suggested,interquartile_ranges\n"
