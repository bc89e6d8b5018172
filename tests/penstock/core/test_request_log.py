"""The names in the log of requests, and the ids of requests."""

import pytest

from penstock.core.request_log import IDENTIFIER, OUTPUT, REQUEST, ROW, SIGNATURE, TIME, VERSION


def test_names_that_the_log_adds_differ_and_have_one_beginning():
    names = {OUTPUT, REQUEST, ROW, SIGNATURE, TIME, VERSION}
    assert len(names) == 6
    assert all(name.startswith("penstock_") for name in names)


@pytest.mark.parametrize(
    ("text", "is_id"),
    [("a", True), ('!"~', True), ("a" * 128, True), ("", False), ("a b", False), ("a\n", False), ("a" * 129, False)],
)
def test_ids_are_printable_ascii_of_limited_length(text, is_id):
    assert bool(IDENTIFIER.fullmatch(text)) == is_id
