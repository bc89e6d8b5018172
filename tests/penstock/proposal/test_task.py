"""The proposed task of a label, and labels without one."""

import pytest

from penstock.core.errors import DataError
from penstock.proposal.label_options import parse_options
from penstock.proposal.task import choose_task
from tests.penstock.proposal.proposals import label


def integers(*values, rows=10):
    return label("integer", "BIGINT", tuple((value, rows) for value in values))


def floats(*values, rows=10):
    return label("number", "DOUBLE", tuple((value, rows) for value in values))


def texts(count, rows):
    return label(counts=tuple((f"class {n}", rows) for n in range(count)))


def numerals(*values, rows=10, **facts):
    return label(counts=tuple((value, rows) for value in values), reads_as_numbers=True, **facts)


CASES = {
    "booleans": (label("boolean", "BOOLEAN", ((True, 6), (False, 4))), "binary", None, ""),
    "0 and 1": (integers(1, 0), "binary", None, ""),
    "0.0 and 1.0": (floats(0.0, 1.0), "binary", 1.0, ""),
    "1 and 2": (label("integer", "BIGINT", ((2, 6), (1, 4))), "binary", 1, ""),
    "two words": (label(counts=(("no", 9), ("yes", 1))), "binary", "yes", ""),
    "three words": (texts(3, 50), "multiclass", None, ""),
    "many words": (texts(300, 2), "multiclass", None, ""),
    "few whole numbers": (integers(1, 2, 3), "multiclass", None, ""),
    "few whole numbers as fractions": (floats(1.0, 2.0, 3.0), "multiclass", None, "BIGINT"),
    "few whole numbers in few rows": (integers(1, 2, 3, rows=2), "regression", None, ""),
    "many whole numbers": (integers(*range(30)), "regression", None, ""),
    "fractions": (floats(0.5, 1.0, 2.0), "regression", None, ""),
    "numbers in text": (numerals(*(f"{n}.5" for n in range(30)), rows=1), "regression", None, "DOUBLE"),
    "few fractions in text": (numerals("0.5", "1.5", "2", rows=90), "regression", None, "DOUBLE"),
    "few whole numbers in text": (numerals("1", "2.0", " 3", rows=90), "multiclass", None, ""),
    "whole numbers in text in few rows": (numerals("1", "2", "3", rows=2), "regression", None, "DOUBLE"),
    "codes in text": (label(counts=(("01", 9), ("02", 9), ("3", 9))), "multiclass", None, ""),
    "yes and no": (label(counts=(("yes", 9), ("no", 1))), "binary", "yes", ""),
    "0 and 1 in text": (numerals("1", "0"), "binary", "1", ""),
    "-1 and 1": (integers(1, -1), "binary", 1, ""),
    "-1 and 1 in text": (numerals("1", "-1"), "binary", "1", ""),
    "1 and 2 in text": (label(counts=(("2", 6), ("1", 4)), reads_as_numbers=True), "binary", "1", ""),
    "a bound": (label(counts=((" >50K", 9), (" <=50K", 4))), "binary", " >50K", ""),
    "good and bad": (label(counts=(("bad", 9), ("good", 4))), "binary", "good", ""),
    "several spellings": (
        label(counts=(("Yes", 9), ("no", 4), ("YES ", 2), ("n", 1))),
        *("binary", ("Yes", "YES "), ""),
    ),
    "two words in several spellings": (
        label(counts=(("ham", 5), ("spam", 4), ("Ham", 3), (" SPAM", 1))),
        *("binary", ("spam", " SPAM"), ""),
    ),
    "three words in several spellings": (
        label(counts=(("a", 5), ("b", 4), ("B", 3), ("c", 2))),
        *("multiclass", None, ""),
    ),
    "truth and doubt": (label(counts=(("yes", 5), ("no", 4), ("unknown", 3))), "multiclass", None, ""),
}


@pytest.mark.parametrize("name", CASES)
def test_a_label_asks_for_its_task(name):
    known, task, positive, cast = CASES[name]
    found = choose_task(known)
    assert (found.task, found.positive, found.cast) == (task, positive, cast)


@pytest.mark.parametrize(
    ("known", "last"),
    [
        (label("boolean", "BOOLEAN", ((True, 6), (False, 4))), True),
        (integers(1, 0), 1),
        (label(counts=(("no", 9), ("yes", 1))), "yes"),
    ],
)
def test_the_class_that_is_predicted_comes_last(known, last):
    assert choose_task(known).classes[-1][0] == last


def test_the_choice_of_the_rarer_value_is_noted():
    found = choose_task(label(counts=(("ham", 9), ("spam", 1))))
    assert "without a known meaning; the rarer one, 'spam'" in found.reason
    assert found.notes == ("To predict the other one, write 'ham' in data.query.",)


def test_the_meaning_of_two_values_is_the_reason():
    found = choose_task(label(counts=(("Yes", 9), ("no", 1))))
    assert found.reason == "'no' and 'Yes', of which by their meaning 'Yes' is true"
    assert found.notes == ()


def test_classes_that_are_written_in_several_ways_are_counted_together():
    found = choose_task(label(counts=(("Yes", 9), ("no", 4), ("YES ", 2), ("n", 1))))
    assert found.classes == (("no", 5), ("Yes", 11))
    assert found.values == (("no", "n"), ("Yes", "YES "))
    assert "The class 'Yes' is also written 'YES '" in found.notes[1]


def test_the_rarer_class_is_so_over_all_its_spellings():
    found = choose_task(label(counts=(("ham", 5), ("spam", 4), ("SPAM", 3))))
    assert (found.positive, found.classes) == ("ham", (("spam", 7), ("ham", 5)))


def test_a_class_of_one_row_is_noted():
    assert "'c' has one row" in choose_task(label(counts=(("a", 9), ("b", 5), ("c", 1)))).notes[0]


@pytest.mark.parametrize("counts", [(("no", 9), ("Unknown", 1)), (("a", 9), ("b", 9), ("Unknown", 3))])
def test_a_class_that_may_mark_a_missing_label_is_noted(counts):
    assert "The class 'Unknown' may mark a missing label" in choose_task(label(counts=counts)).notes[-1]


@pytest.mark.parametrize(
    ("known", "words"),
    [
        (label("list", "BIGINT[]", (([1], 9),)), ["numbers, text or booleans", "BIGINT[]"]),
        (label(counts=(), missing=7), ["values", "none in 7 rows"]),
        (label(counts=(), missing=7, marks=("NA",)), ["if 'NA' is a class, give it another name in --query"]),
        (label(counts=(("a", 8),), missing=2, marks=("-", "NA")), ["if '-' or 'NA' is a class"]),
        (label("number", "DOUBLE", (), infinite=7), ["none that is finite in 7 rows"]),
        (label(counts=(("a", 1),)), ["1 row"]),
        (label(counts=(("a", 8),)), ["only 'a' in every row"]),
        (label(counts=(("a", 8), ("A ", 3))), ["only 'a' and 'A '", "spelling only"]),
        (numerals(*map(str, range(7, 47)), rows=1, low=7, high=46), ["an identifier"]),
        (label(counts=(("a", 8),), missing=2), ["only 'a' in the 8 of 10 rows that have one"]),
        (texts(40, 1), ["an identifier", "40 values in 40 rows"]),
        (integers(*range(7, 47), rows=1), ["an identifier"]),
        (label(counts=tuple((f"c{n}", 1 + (n == 0)) for n in range(40))), ["two rows or more", "40 values in 41 rows"]),
        (floats(0.5, 1e20, 3.0), ["numbers up to 1e+18", "1e+20"]),
        (floats(0.5, 1.5, 2.5, rows=1), ["four rows or more"]),
    ],
)
def test_a_label_that_cannot_be_learned_is_one_sentence(known, words):
    with pytest.raises(DataError) as caught:
        choose_task(known)
    assert [word for word in ["'label'", *words] if word not in str(caught.value)] == []
    assert "\n" not in str(caught.value)


LOSSES = {
    "few counts": (integers(0, 1, 2), "poisson"),
    "0 and 1": (integers(1, 0), "poisson"),
    "amounts": (floats(0.0, 1.5, 2.0), "tweedie"),
    "amounts above zero": (floats(0.5, 1.5, 2.0), "tweedie=2"),
    "below zero": (floats(-0.5, 1.5, 2.0), "huber=1"),
    "numbers in text": (numerals("0", "1", "2", low=0.0, high=2.0), "quantile=0.5"),
}


@pytest.mark.parametrize("name", LOSSES)
def test_numbers_with_a_loss_are_a_regression(name):
    known, loss = LOSSES[name]
    found = choose_task(known, parse_options(loss, None))
    assert (found.task, found.loss.name, found.classes) == ("regression", loss.partition("=")[0], ())
    assert found.cast == ("DOUBLE" if known.kind == "text" else "")


@pytest.mark.parametrize(
    ("known", "loss", "sentence"),
    [
        (texts(3, 50), "poisson", "expected numbers for --loss poisson, received 3 texts, such as 'class 0'; leave"),
        (label("boolean", "BOOLEAN", ((True, 6), (False, 4))), "huber=1", "for --loss huber, received true and false;"),
        (floats(-2.5, 1.0), "poisson", "numbers from zero on for --loss poisson, received others, the least -2.5; le"),
        (
            floats(0.0, 1.0),
            "tweedie=2",
            "expected numbers above zero for --loss tweedie, received others, the least 0;",
        ),
        (integers(-1, 1), "tweedie", "expected numbers from zero on for --loss tweedie, received others, the least -1"),
    ],
)
def test_label_that_a_loss_cannot_have_is_refused_in_one_sentence(known, loss, sentence):
    with pytest.raises(DataError, match="the label 'label': ") as caught:
        choose_task(known, parse_options(loss, None))
    assert sentence in str(caught.value)


def test_order_decides_the_classes_and_their_places():
    found = choose_task(texts(3, 50), parse_options(None, "class 2,class 0,class 1"))
    assert (found.task, found.metric) == ("multiclass", "quadratic_kappa")
    assert found.classes == (("class 2", 50), ("class 0", 50), ("class 1", 50))
    found = choose_task(floats(3.0, 1.0), parse_options(None, "1,2,3"))
    assert found.classes == ((1.0, 10), (2, 0), (3.0, 10))
    assert (found.cast, found.notes) == ("BIGINT", ("No row has the class '2' of --label-order.",))
    words = label(counts=(("no", 9), ("yes", 3), ("maybe", 3)))
    assert choose_task(words, parse_options(None, "no,maybe,yes")).positive is None


@pytest.mark.parametrize(
    ("known", "order", "sentence"),
    [
        (texts(4, 50), "class 0,class 1,class 2", "received 'class 3' (did you mean "),
        (
            label(counts=(("low", 9), ("Low", 3), ("high", 3))),
            "low,mid,high",
            "expected one of low, mid, high of --label-order, received 'Low' (did you mean 'low'?) in 3 rows; add them",
        ),
        (integers(1, 2, 3, 4, 5), "1,2,3", "received '4' and 1 others in 20 rows"),
        (floats(1.5, 2.0, 3.0), "1,2,3", "text or whole numbers for --label-order, received numbers with a fraction"),
        (label("boolean", "BOOLEAN", ((True, 6), (False, 4))), "a,b,c", "received a column of BOOLEAN; leave --label"),
        (texts(2000, 2), "a,b,c", "in 4,000 rows"),
        (
            label(counts=(("low", 9), ("high", 3)), marks=("NA",)),
            "NA,low,high",
            "expected classes that mark no missing value in --label-order, received 'NA'; give 'NA' another name",
        ),
    ],
)
def test_order_without_a_class_of_the_data_is_refused_in_one_sentence(known, order, sentence):
    with pytest.raises(DataError, match="the label 'label': ") as caught:
        choose_task(known, parse_options(None, order))
    assert sentence in str(caught.value)
