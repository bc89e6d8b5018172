"""The picture."""

from xml.etree import ElementTree

import pytest

from benchmarks.plot import draw, lines
from tests.benchmarks.figures import results


def test_lines_are_the_medians_by_system_and_size():
    found = lines(results())
    assert list(found) == ["whole process", "ExampleGen", "Trainer"]
    assert found["whole process"] == {
        "upstream": {15_002: 50.0, 150_020: 80.0},
        "penstock": {15_002: 20.0, 150_020: 32.0},
    }


@pytest.mark.slow
def test_same_figures_give_the_same_small_picture(tmp_path):
    first, second = tmp_path / "first.svg", tmp_path / "second.svg"
    draw(results(), first)
    draw(results(), second)
    assert first.read_bytes() == second.read_bytes()
    assert first.stat().st_size < 100_000
    text = "".join(ElementTree.parse(first).getroot().itertext())
    assert all(word in text for word in ("whole process", "ExampleGen", "penstock", "upstream", "15,002"))
