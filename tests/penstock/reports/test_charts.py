import math
import re

import pytest

from penstock.core.documents.verdict import Bin
from penstock.reports.charts import Bucket, Line, bar, histogram, legend, lines, plot


def numbers(markup, name):
    return [float(value) for value in re.findall(rf' {name}="(-?[\d.]+)"', markup)]


def bins(*rows):
    return tuple(Bin(predicted=predicted, found=label, rows=count) for predicted, label, count in rows)


def test_histogram_of_nothing_is_nothing():
    assert histogram([]) == histogram([[], []]) == ""


def test_histogram_heights_follow_the_density():
    narrow, wide = Bucket(0, 1, 0.5), Bucket(1, 5, 0.5)
    _, tall, low = numbers(histogram([[narrow, wide]], width=100, height=42), "height")
    assert tall == 40
    assert low == pytest.approx(20)


def test_histogram_of_one_value_can_be_seen():
    assert numbers(histogram([[Bucket(3, 3, 1.0)]]), "width")[1] > 0


def test_histogram_of_a_second_split_alone_keeps_its_colour():
    assert 'fill="none"' in histogram([[], [Bucket(0, 1, 1.0)]])


@pytest.mark.parametrize(("share", "full"), [(0.5, 50), (-1, 0), (2, 100)])
def test_bar_stays_within_its_track(share, full):
    assert numbers(bar(share, width=100), "width")[2] == full


def test_lines_stay_within_the_picture():
    drawn = lines([Line("a", (3.0, 1.0, 2.0)), Line("b", (2.0, math.nan, 5.0))], mark=2, across="<epoch>")
    assert all(0 <= value <= 620 for value in numbers(drawn, "cx"))
    assert all(0 <= value <= 240 for value in numbers(drawn, "cy"))
    assert drawn.count("<circle") == 5
    assert "stroke-dasharray" in drawn
    assert "&lt;epoch&gt;" in drawn


@pytest.mark.parametrize("values", [(), (math.nan,)])
def test_lines_without_a_value_are_nothing(values):
    assert lines([Line("a", values)]) == ""


@pytest.mark.parametrize("values", [(1.0,), (2.0, 2.0), (1e-9, 2e-9), (-5.0, 1e6)])
def test_lines_of_any_range_are_drawn(values):
    assert lines([Line("a", values)]).count("<circle") == len(values)


def test_legend_names_the_splits():
    assert legend(["train", "<eval>"]).count("<rect") == 2


def test_point_of_a_bin_is_at_its_mean_prediction_and_mean_label():
    drawn = plot(bins((0.0, 1.0, 10), (0.5, 0.5, 1000), (1.0, 0.0, 10)))
    left, middle, right = numbers(drawn, "cx")
    top, center, foot = numbers(drawn, "cy")
    assert left < middle < right
    assert top < center < foot
    assert (middle, center) == pytest.approx(((left + right) / 2, (top + foot) / 2), abs=0.1)
    small, large, _ = numbers(drawn, "r")
    assert small < large
    assert "stroke-dasharray" in drawn
    assert "mean prediction 0.5, mean label 0.5, 1,000 rows" in drawn


@pytest.mark.parametrize("given", [bins((-5e6, 7.0, 1), (9e9, -3.0, 2)), bins((2.0, 2.0, 5)), bins((0.25, 0.5, 1))])
def test_plot_of_any_range_stays_within_the_picture(given):
    drawn = plot(given)
    (width,), (height,) = (re.findall(rf'<svg [^>]*{side}="(\d+)"', drawn) for side in ("width", "height"))
    assert all(0 <= value <= float(width) for value in numbers(drawn, "cx"))
    assert all(0 <= value <= float(height) for value in numbers(drawn, "cy"))


@pytest.mark.parametrize("given", [[], bins((math.nan, 0.5, 1)), bins((0.5, math.inf, 1))])
def test_plot_of_nothing_is_nothing(given):
    assert plot(given) == ""
