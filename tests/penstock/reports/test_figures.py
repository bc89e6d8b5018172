"""Coordinates of the larger drawings, and what they do with few, equal and hostile values."""

import math
import re

import pytest

from penstock.reports.figures import Figure, Interval, Series, Span, Step, curves, graph, intervals, timeline
from tests.penstock.reports.conftest import Reader

EVIL = '<script>"&\u202e'


def numbers(markup, name):
    return [float(value) for value in re.findall(rf' {name}="(-?[\d.]+)"', markup)]


def test_curve_runs_from_corner_to_corner_of_its_axes():
    found = curves([Series("", ((0, 0), (1, 1)))], Figure("x", x=(0, 1), y=(0, 1), size=(340, 260)))
    assert 'points="56.0,220.0 326.0,12.0 "' in found


def test_points_that_are_no_numbers_are_left_out():
    found = curves([Series("", ((0, 0), (0.5, math.nan), (1, 1)))], Figure("x"))
    assert "nan" not in found.lower()
    assert curves([Series("", ((0, math.nan),))], Figure("x")) == ""
    assert curves([], Figure("x")) == ""


def test_faint_lines_dots_categories_and_the_diagonal_are_drawn():
    series = [Series("", ((0, 1), (1, 2)), "faint"), Series("", ((0, 1),), "dots"), Series("mean", ((0, 1), (1, 3)))]
    found = curves(series, Figure("x", names=("cash", EVIL), diagonal=True))
    assert found.count("<polyline") == 2
    assert found.count("stroke-dasharray") == 1
    assert {"cash", "mean"} <= set(Reader(found).texts)


def test_intervals_begin_at_zero_if_asked_and_all_are_within_the_frame():
    rows = [Interval("a", 0.4, 0.3, 0.5), Interval("b", -0.1), Interval("c", math.nan)]
    found = intervals(rows[:2], "x", zero=True)
    assert all(width >= 0 for width in numbers(found, "width"))
    assert found.count("<path") == 1
    assert intervals(rows[:2], "x").count("<circle") == 2
    assert intervals(rows[2:], "x") == intervals([], "x") == ""


def test_equal_values_are_drawn():
    assert intervals([Interval("a", 0.5), Interval("b", 0.5)], "x").count("<circle") == 2
    assert "<polyline" in curves([Series("", ((1, 0), (1, 0)))], Figure("x"))


def test_timeline_has_a_bar_for_each_node():
    found = timeline([Span("a", 0, 1, "ran"), Span("b", 1, 0, "failed")], "x")
    assert found.count('rx="2"') == 2
    assert timeline([], "x") == ""


def test_graph_has_a_box_for_each_node_and_a_line_for_each_edge_that_is_known():
    found = graph([Step("a"), Step("b", ("a", "unknown"), "ran"), Step("c", ("a", "b"))], "x")
    assert (found.count("<g>"), found.count("<path")) == (3, 3)
    assert graph([], "x") == ""


@pytest.mark.parametrize(
    "draw",
    [
        lambda evil: curves([Series(evil, ((0, 1), (1, 2)))], Figure(evil, evil, evil, names=(evil, evil))),
        lambda evil: intervals([Interval(evil, 1, 0, 2, text=evil)], evil),
        lambda evil: timeline([Span(evil, 0, 1, evil)], evil),
        lambda evil: graph([Step(evil, (evil,), evil, evil)], evil),
    ],
)
def test_hostile_names_are_text(draw):
    found = draw(EVIL)
    assert [tag for tag, _ in Reader(found).tags] == [tag for tag, _ in Reader(draw("plain")).tags]
    assert "\u202e" not in found
