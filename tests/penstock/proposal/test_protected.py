"""Columns that may be protected attributes, and the section that is proposed for them."""

import pyarrow as pa
import pytest

from penstock.proposal.protected import fairness_lines, protected_columns, section_words
from tests.penstock.proposal.proposals import column, text


def found(known):
    return next(iter(protected_columns(pa.table({}), {known.name: known})), None)


@pytest.mark.parametrize(
    ("known", "what", "evidence"),
    [
        (text("Sex"), "sex", "by its name"),
        (text("applicantGender"), "sex", "by its name"),
        (text("c7", values=("M", "F")), "sex", "by its values"),
        (text("c7", values=("male", "Female ", "other")), "sex", "by its values"),
        (text("race"), "race or ethnicity", "by its name"),
        (text("ethnic_group"), "race or ethnicity", "by its name"),
        (text("religion"), "religion", "by its name"),
        (text("native-country"), "nationality", "by its name"),
        (text("marital.status"), "marital status", "by its name"),
        (column("is_disabled", "boolean", "BOOLEAN"), "disability", "by its name"),
        (column("age", low=18, high=90), "age", "by its name and range"),
        (column("customer_age", "number", "DOUBLE", low=0.0, high=99.0), "age", "by its name and range"),
    ],
)
def test_attribute_is_named_with_the_evidence(known, what, evidence):
    protected = found(known)
    assert (protected.what, protected.evidence) == (what, evidence)
    assert f"{known.name!r} may be a protected attribute, {what}, {evidence}: x" == protected.words("x")


@pytest.mark.parametrize(
    "known",
    [
        text("c7", values=("M", "L", "S")),
        text("c7", values=("m", "x")),
        text("country"),
        text("trace"),
        column("race_id"),
        column("race_distance"),
        column("page", low=1, high=90),
        column("age_days", low=0, high=100),
        column("age", low=0, high=5000),
        column("mileage", low=0, high=90),
        text("screen_orientation"),
    ],
)
def test_other_columns_are_not(known):
    assert found(known) is None


def test_section_has_the_groups_of_numbers_and_the_limit_of_the_task():
    known = {"sex": text("sex"), "a.ge": column("a.ge", low=18, high=30), "age": column("age", low=18, high=90)}
    known["religion"] = text("religion", distinct=200)
    protected = protected_columns(pa.table({}), {name: each for name, each in known.items() if name != "a.ge"})
    assert fairness_lines(protected, "binary") == [
        "[fairness]",
        'attributes = ["sex", "age"]',
        'metric = "selection_rate"',
        "min_ratio = 0.8  # the four-fifths rule",
        "bins = { age = [40] }",
    ]
    assert fairness_lines(protected, "multiclass")[2:4] == ['metric = "error"', "max_difference = 0.1"]
    assert fairness_lines(protected, "regression") == []
    assert fairness_lines((), "binary") == []


@pytest.mark.parametrize(
    ("name", "task", "weighted", "words"),
    [
        ("sex", "binary", False, "see [fairness] in the file. Without it,"),
        ("sex", "binary", True, "[fairness] takes no weights, because its rates are of rows. Other columns"),
        ("sex", "regression", False, "[fairness] compares no numbers, because a regression has no such rates. Other"),
        ("religion", "multiclass", False, "it has too many values for groups of [fairness]. Other columns"),
    ],
)
def test_section_is_proposed_only_where_it_would_be_accepted_and_the_warning_says_why_not(name, task, weighted, words):
    known = {"sex": text("sex"), "religion": text("religion", distinct=200)}
    protected = protected_columns(pa.table({}), {name: known[name]})
    lines = fairness_lines(protected, task, weighted=weighted)
    assert section_words(protected, task, weighted=weighted).startswith(words)
    assert bool(lines) == words.startswith("see [fairness]")


def test_edge_of_ages_that_are_all_on_one_side_is_in_the_middle():
    (protected,) = protected_columns(pa.table({}), {"age": column("age", low=18, high=30)})
    assert protected.edges == (24.0,)
