"""The picture."""

from xml.etree import ElementTree

import pytest

from benchmarks.quality.plot import draw, skills
from tests.benchmarks.quality.figures import results


def test_skill_is_nothing_for_the_baseline_and_one_for_gradient_boosting():
    found = skills(results())
    assert list(found) == ["taxi", "iris", "diabetes"]
    assert found["taxi"]["auto"] == pytest.approx(0.46 / 0.45)
    assert found["iris"]["auto"] == pytest.approx(0.89 / 0.90)
    assert found["diabetes"] == {}


@pytest.mark.slow
def test_same_figures_give_the_same_small_picture(tmp_path):
    first, second = tmp_path / "first.svg", tmp_path / "second.svg"
    draw(results(), first)
    draw(results(), second)
    assert first.read_bytes() == second.read_bytes()
    assert first.stat().st_size < 100_000
    text = "".join(ElementTree.parse(first).getroot().itertext())
    assert all(word in text for word in ("taxi", "iris", "auto", "HistGradientBoosting"))
