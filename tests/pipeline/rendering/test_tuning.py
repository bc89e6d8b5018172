import re

from pipeline.rendering.tuning import trials


def test_trials_are_told_by_rising_loss_and_those_without_one_last(written):
    shown = trials(written("TunerResults"))
    assert "3 trials in 5.5 s; the best one has a validation loss of 0.25000." in shown
    numbers = re.findall(r"<tr><td[^>]*>(\d)</td>", shown)
    assert numbers == ["2", "1", "3"]
    assert "✓ 0.25000" in re.sub(r"<[^>]+>", "", shown)
    assert "9 of 40" in shown
