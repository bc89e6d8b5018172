"""The calibration plot, the confusion matrix and the residuals."""

import math
import re

import pytest

from pipeline.rendering.calibration import by_slice, confusion, plot, reliability, shown


def bins(*rows):
    return [dict(zip(("predicted", "found", "rows"), row, strict=True)) for row in rows]


def numbers(markup, name):
    return [float(value) for value in re.findall(rf' {name}="(-?[\d.]+)"', markup)]


def test_point_of_a_bin_lies_where_it_was_predicted_and_found():
    drawn = plot(bins((0.0, 1.0, 10), (0.5, 0.5, 1000), (1.0, 0.0, 10)))
    left, middle, right = numbers(drawn, "cx")
    top, center, foot = numbers(drawn, "cy")
    assert left < middle < right
    assert top < center < foot
    assert (middle, center) == pytest.approx(((left + right) / 2, (top + foot) / 2), abs=0.1)
    small, large, _ = numbers(drawn, "r")
    assert small < large
    assert "stroke-dasharray" in drawn
    assert "predicted 0.5, found 0.5, 1,000 rows" in drawn


@pytest.mark.parametrize("given", [bins((-5e6, 7.0, 1), (9e9, -3.0, 2)), bins((2.0, 2.0, 5)), bins((0.25, 0.5, 1))])
def test_plot_of_any_range_stays_within_the_picture(given):
    drawn = plot(given)
    (width,), (height,) = (re.findall(rf'<svg [^>]*{side}="(\d+)"', drawn) for side in ("width", "height"))
    assert all(0 <= value <= float(width) for value in numbers(drawn, "cx"))
    assert all(0 <= value <= float(height) for value in numbers(drawn, "cy"))


@pytest.mark.parametrize("given", [[], bins((math.nan, 0.5, 1)), bins((0.5, math.inf, 1))])
def test_plot_of_nothing_is_nothing(given):
    assert plot(given) == ""


def test_bins_are_told_as_a_table_too():
    assert reliability(bins((0.25, 0.5, 1234))).count('<td class="n">') == 3


def test_right_answers_are_bold_and_their_share_is_told():
    drawn = confusion({"classes": ["<a>", None], "rows": [[3, 1], [0, 0]]})
    assert re.findall(r"<strong>(\d)</strong>", drawn) == ["3", "0"]
    assert "is &lt;a&gt;" in drawn
    assert "as all others" in drawn
    assert "75.0 %" in drawn


def test_largest_slices_with_rows_enough_have_a_plot_each():
    entries = [
        {"value": f"<{rows}>", "rows": rows, "too_few_rows": rows < 5, "reliability": bins((0.1, 0.2, rows))}
        for rows in range(20)
    ]
    (folded,) = by_slice(entries)
    assert folded.count("<svg") == 8
    assert "&lt;19&gt;" in folded
    assert "&lt;11&gt;" not in folded
    assert by_slice(entries[:5]) == by_slice([{"value": 1, "rows": 9}]) == []


def test_confusion_of_the_largest_slices_is_folded_behind_their_plots():
    matrix = {"classes": ["<near>", "far"], "rows": [[3, 1], [0, 2]]}
    entries = [
        {"value": f"slice {rows}", "rows": rows, "too_few_rows": rows < 5, "reliability": bins((0.1, 0.2, 1))}
        | {"confusion": matrix}
        for rows in (4, 6, 9)
    ]
    plots, folded = by_slice(entries)
    assert "<svg" in plots
    assert folded.startswith("<details><summary>Confusion of the classes in the 2 largest slices</summary>")
    assert folded.count("is &lt;near&gt;") == 2
    assert folded.index("slice 9") < folded.index("slice 6")
    assert "slice 4" not in folded


def test_what_a_verdict_lacks_is_not_shown():
    assert shown({}) == shown({"reliability": [], "confusion": None}) == []
