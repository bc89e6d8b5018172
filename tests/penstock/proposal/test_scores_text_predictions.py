"""A text column is scored by the words on rows that they were not trained on."""

import numpy as np
import pytest

from penstock.proposal.scores import Target, single_score, text_predictions

DRAW = np.random.default_rng(6)
ROWS = 300
ALL = np.ones(ROWS, bool)
CLASSES = {"binary": 2, "multiclass": 5}


def notes(marks, words=12):
    drawn = [[f"w{word}" for word in row] for row in DRAW.zipf(1.5, (len(marks), words))]
    return [" ".join([*row[:3], str(mark), *row[3:]]) for row, mark in zip(drawn, marks, strict=True)]


def score(texts, aim):
    column, is_category = text_predictions(texts, aim)
    return single_score(column, label=aim, is_category=is_category)


@pytest.mark.parametrize("task", CLASSES)
@pytest.mark.parametrize("words", [12, 60])
def test_a_word_among_others_that_says_the_class_gives_it_away(task, words):
    known = DRAW.integers(0, CLASSES[task], ROWS)
    assert score(notes([f"state{value}," for value in known], words), Target(task, known, ALL)) > 0.99


@pytest.mark.parametrize("signs", ["良悪", "ดล"])
def test_signs_without_spaces_are_words(signs):
    known = DRAW.integers(0, 2, ROWS)
    texts = [f"東京{number}は{signs[value]}い" for number, value in enumerate(known)]
    assert score(texts, Target("binary", known, ALL)) > 0.99


def test_words_count_for_amounts():
    cheap = DRAW.random(ROWS) < 0.5
    known = np.where(cheap, 1e15, 9e15) * DRAW.uniform(0.9, 1.1, ROWS)
    assert score(notes(np.where(cheap, "hut", "castle")), Target("regression", known, ALL)) > 0.8


@pytest.mark.parametrize(("task", "least", "most"), [("binary", 0.4, 0.6), ("multiclass", -0.3, 0.1)])
def test_words_that_occur_once_do_not_predict_the_label(task, least, most):
    known = DRAW.integers(0, CLASSES[task], ROWS)
    assert least < score([f"row {n} {n * 7}x" for n in range(ROWS)], Target(task, known, ALL)) < most


@pytest.mark.parametrize("task", [*CLASSES, "regression"])
def test_rows_without_a_label_or_a_text_are_borne(task):
    label = Target(task, np.arange(9) % 2, np.arange(9) != 4)
    column, _ = text_predictions(["a good day", None, "", "!", "a bad day", "a good day", None, "x", "y"], label)
    assert np.isnan(column).tolist() == (np.arange(9) == 4).tolist()
    few = Target(task, np.arange(3) % 2, np.ones(3, bool))
    assert np.isnan(text_predictions(["a", "b", "c"], few)[0]).all()


def test_all_rows_are_scored_by_the_few_that_are_learned_from(monkeypatch):
    monkeypatch.setattr("penstock.proposal.scores._MOST_LEARNED", 40)
    known = np.arange(ROWS) // 2 % 5
    column, is_category = text_predictions(
        notes([f"state{value}" for value in known]), Target("multiclass", known, ALL)
    )
    assert is_category
    assert (column == known).mean() > 0.8
