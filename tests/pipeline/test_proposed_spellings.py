"""Columns and labels whose values are written in several ways are reported by a proposal."""

import pyarrow as pa
import pytest

from pipeline.proposed_roles import Choice
from pipeline.proposed_spellings import column_spellings, label_spellings
from pipeline.proposed_task import choose_task
from tables.spellings import MOST
from tests.pipeline.proposals import label, text

CITIES = ["Oslo", "oslo ", "Rome", None, ""]


def reported(array, role="categorical", **facts):
    rows = pa.table({"city": array})
    return list(column_spellings(rows, [Choice("city", role, "")], {"city": text("city", **facts)}, sql=True))


@pytest.mark.parametrize(
    "array",
    [
        pa.chunked_array([CITIES]),
        pa.chunked_array([CITIES[:1], CITIES[1:]]),
        pa.array(CITIES).dictionary_encode(),
        pa.array(CITIES, pa.large_string()),
    ],
)
def test_a_column_of_categories_is_reported_with_a_fix(array):
    [sentence] = reported(array)
    assert "'city' has values that differ in spelling alone: 'Oslo' 1, 'oslo ' 1" in sentence
    assert 'lower(trim("city")) AS "city"' in sentence


@pytest.mark.parametrize(("role", "facts"), [("text", {}), ("categorical", {"distinct": MOST + 1})])
def test_texts_and_columns_of_very_many_values_are_not(role, facts):
    assert reported(pa.array(CITIES), role, **facts) == []


def test_classes_of_several_are_reported_and_of_two_are_one_by_the_query():
    several = label(counts=(("a", 5), ("A", 4), ("b", 3), ("c", 3)))
    assert len(list(label_spellings(several, choose_task(several), sql=True))) == 1
    two = label(counts=(("a", 5), ("A", 4), ("b", 3)))
    assert list(label_spellings(two, choose_task(two), sql=True)) == []
