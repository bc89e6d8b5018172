"""The comparison of score with predict."""

import pytest

from benchmarks.score_rows import Compared, compare, lines


def test_lines_have_both_commands_and_the_ratio():
    found = lines([Compared("csv", (10.0, 20.0, 800.0), (8.0, 21.0, 900.0))], 1000)
    assert found[1].split() == ["csv", "predict", "100", "10.0", "20.0", "800"]
    assert found[2].split() == ["csv", "score", "125", "8.0", "21.0", "900"]
    assert found[3].endswith("score / predict: 1.25, at least 0.9")


@pytest.mark.slow
def test_both_commands_are_measured(tmp_path):
    found = compare(tmp_path, 2000, 1, ["csv"])
    assert [each.ending for each in found] == ["csv"]
    assert all(min(each.predict) > 0 and min(each.score) > 0 for each in found)
