"""Reproducible SVG plots."""

import re

import matplotlib
import pytest

from benchmarks.svg import svg_figure


def test_plot_has_its_size_its_text_and_no_date(tmp_path):
    before = dict(matplotlib.rcParams)
    with svg_figure(tmp_path / "plot.svg", (4, 2)) as figure:
        figure.supxlabel("rows")
    text = (tmp_path / "plot.svg").read_text()
    assert re.search(r'width="288pt" height="144pt"', text)
    assert ">rows<" in text
    assert "dc:date" not in text
    assert dict(matplotlib.rcParams) == before


def test_plot_whose_drawing_fails_is_not_written(tmp_path):
    with pytest.raises(ValueError, match="no points"), svg_figure(tmp_path / "plot.svg", (4, 2)):
        raise ValueError("no points")
    assert list(tmp_path.iterdir()) == []
