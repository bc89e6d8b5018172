"""Vocabularies of two runs: an entry, its place and the types of the columns count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.comparison.vocabularies import compare_vocabularies
from tests.penstock.comparison.folders import write_vocabularies

ENTRIES = st.lists(st.text("abcé ", min_size=1, max_size=4), min_size=2, max_size=6, unique=True)


@pytest.mark.slow
@given(entries=ENTRIES, data=st.data())
def test_vocabulary_is_equal_to_itself_and_a_changed_entry_is_counted(tmp_path_factory, entries, data):
    top = tmp_path_factory.mktemp("vocabularies")
    one = write_vocabularies(top / "one", {"first": entries, "second": ["x"]})
    same = write_vocabularies(top / "same", {"first": entries, "second": ["x"]})
    found = compare_vocabularies(one, same)
    assert (found.level, found.words) == ("equal", "2 vocabularies")
    place = data.draw(st.integers(0, len(entries) - 1))
    lost = write_vocabularies(top / "lost", {"first": entries[:place] + entries[place + 1 :], "second": ["x"]})
    found = compare_vocabularies(one, lost)
    assert (found.level, found.words) == ("different", "1 of 2 vocabularies")
    assert found.details == (f"first: 1 only in A ({entries[place]!r}), 0 only in B",)


def test_order_of_entries_is_a_difference_because_a_number_stands_for_each(tmp_path):
    one = write_vocabularies(tmp_path / "one", {"first": ["a", "b"]})
    other = write_vocabularies(tmp_path / "other", {"first": ["b", "a"]})
    assert compare_vocabularies(one, other).details == (
        "first: the same entries in another order, or another number of times",
    )


def test_vocabulary_of_one_run_alone_and_another_type_are_found(tmp_path):
    one = write_vocabularies(tmp_path / "one", {"first": ["a"]}, columns=["x"])
    other = write_vocabularies(tmp_path / "other", {"first": ["a"], "second": ["b"]}, columns=["x", "y"])
    found = compare_vocabularies(one, other)
    assert found.words == "1 of 2 vocabularies; the types of 1 of 3 features and domains"
    assert found.details[0] == "second: only in B"
