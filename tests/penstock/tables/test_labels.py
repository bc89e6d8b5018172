"""The positive class is inferred from the values, or unknown."""

import itertools

import pytest

from penstock.tables.labels import normalized, positive_values

ORDERED = {
    "truth": (["true", "false"], ["true"]),
    "capitals": (["False", "TRUE"], ["TRUE"]),
    "letters": (["T", "F"], ["T"]),
    "blanks": (["yes ", "no", " Yes"], ["yes ", " Yes"]),
    "one letter": (["N", "y"], ["y"]),
    "digits": (["0", "1"], ["1"]),
    "fractions": (["0.0", "1.0", "1", "0"], ["1.0", "1"]),
    "numbers": ([0, 1], [1]),
    "floats": ([0.0, 1.0], [1.0]),
    "signs": (["-1", "1"], ["1"]),
    "signed": (["+1", "-1.0"], ["+1"]),
    "signed numbers": ([1, -1], [1]),
    "zero and more": ([0, 255], [255]),
    "several pairs": (["yes", "no", "Y", "1", "false"], ["yes", "Y", "1"]),
    "switch": (["on", "off"], ["on"]),
    "medicine": (["Positive", "negative"], ["Positive"]),
    "short": (["pos", "neg"], ["pos"]),
    "plus and minus": (["+", "-"], ["+"]),
    "presence": (["absent", "present"], ["present"]),
    "height": (["high", "low"], ["high"]),
    "a bound": ([" <=50K", " >50K"], [" >50K"]),
    "another bound": ([">= 10", "< 10"], [">= 10"]),
    "negation": (["churn", "no churn"], ["churn"]),
    "negation with a hyphen": (["non-smoker", "Smoker"], ["Smoker"]),
    "negation with a line": (["not_spam", "spam"], ["spam"]),
    "full width": (["\uff11", "\uff10"], ["\uff11"]),
}
UNORDERED = {
    "words": ["ham", "spam"],
    "judgement": ["good", "bad"],
    "codes": ["1", "2"],
    "coded numbers": [2, 4],
    "both below": [-2, -1],
    "three signs": ["-1", "0", "1"],
    "halves of two pairs": ["t", "n"],
    "one side": ["yes", "y"],
    "truth and more": ["yes", "no", "maybe"],
    "different bounds": ["<=50K", ">60K"],
    "the same side": ["<50K", "<=50K"],
    "a negation of another": ["no churn", "loyal"],
    "one value": ["yes"],
    "nothing": [],
}


@pytest.mark.parametrize("name", ORDERED)
def test_values_that_have_an_order_say_the_positive_one_in_any_order(name):
    values, positive = ORDERED[name]
    for given in itertools.permutations(values):
        assert sorted(map(str, positive_values(given))) == sorted(map(str, positive))


@pytest.mark.parametrize("name", UNORDERED)
def test_values_without_an_order_say_nothing(name):
    assert positive_values(UNORDERED[name]) == ()


@pytest.mark.parametrize(
    ("value", "known"),
    [
        (" YES\t", "yes"),
        ("1.00", "1"),
        ("-0.0", "0"),
        ("007", "7"),
        ("+3", "3"),
        (-1.0, "-1"),
        ("1.5", "1.5"),
        (2, "2"),
    ],
)
def test_values_are_compared_by_their_meaning(value, known):
    assert normalized(value) == known
