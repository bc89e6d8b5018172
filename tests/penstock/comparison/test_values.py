"""Two plain values: equal to themselves, and a changed one is found where it is."""

import copy
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.comparison.result import Difference, largest_number, level_of, relative, shown
from penstock.comparison.values import differences

LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.slow
@given(VALUES)
def test_value_is_equal_to_its_copy(value):
    assert list(differences(value, copy.deepcopy(value))) == []


def paths(value, place=()):
    """Yield the place of each leaf."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if not isinstance(value, dict | list):
        yield place
    for key, child in children:
        yield from paths(child, (*place, key))


@pytest.mark.slow
@given(st.dictionaries(st.text(max_size=3), VALUES, min_size=1, max_size=4), st.data())
def test_one_changed_value_is_found_alone_and_at_its_place_in_both_directions(value, data):
    places = list(paths(value))
    if not places:
        return
    place = data.draw(st.sampled_from(places))
    other = copy.deepcopy(value)
    parent = other
    for key in place[:-1]:
        parent = parent[key]
    parent[place[-1]] = ("changed",)
    for pair in ((value, other), (other, value)):
        [found] = differences(*pair)
        assert found.place == tuple(map(str, place))
        assert found.size == math.inf


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 2),
        (1, 1.0),
        (1, True),
        ("a", "b"),
        (b"a", b"b"),
        (None, 0.0),
        (float("nan"), 0.0),
        (float("inf"), 1e300),
        ([1.0], [1.0, 2.0]),
        ({"a": 1.0}, {}),
    ],
)
def test_values_that_are_no_two_finite_floats_are_never_within_a_tolerance(one, other):
    for pair in ((one, other), (other, one)):
        found = list(differences(*pair))
        assert [each.size for each in found] == [math.inf]
        assert level_of(found, 1e9, same="equal") == "different"
        assert largest_number(found) is None


@pytest.mark.parametrize(
    ("one", "other", "size"),
    [
        (1.0, 1.0, 0.0),
        (float("nan"), float("nan"), 0.0),
        (2.0, 2.000002, 1e-6),
        (-1e9, -1e9 - 100, 1e-7),
        (0.0, 1e-12, 1e-9),
        (1e-12, 2e-12, 1e-9),
        (0.002, 0.001, 0.5),
        (1.0, -1.0, 2.0),
    ],
)
def test_difference_is_relative_to_the_larger_number_unless_both_are_tiny(one, other, size):
    assert relative(one, other) == relative(other, one) == pytest.approx(size, rel=1e-4)


def test_difference_can_be_relative_to_the_values_of_a_column():
    assert relative(1e-9, -1e-9, scale=100.0) == pytest.approx(2e-11)


def test_level_is_that_of_the_largest_difference():
    near, far = Difference(("a",), 1.0, 1.0000001, 1e-7), Difference(("b",), 1.0, 2.0, 0.5)
    assert level_of([], 1e-6, same="identical") == "identical"
    assert level_of([near], 1e-6, same="equal") == "close"
    assert level_of([near, far], 1e-6, same="equal") == "different"
    assert largest_number([near, far, Difference(("c",), 1, 2)]) == 0.5
    assert str(far) == "b: 1 and 2"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "none"),
        (0.1, "0.1"),
        (1 / 3, "0.333333333"),
        ("a b", "a b"),
        ([1, "x"], "[1, 'x']"),
        ("x" * 90, "x" * 59 + "…"),
    ],
)
def test_value_in_a_message_is_short(value, text):
    assert shown(value) == text
