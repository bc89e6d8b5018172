"""A target with what was measured."""

import pytest

from benchmarks.verdict import Verdict, figure, print_verdicts


@pytest.mark.parametrize(
    ("value", "is_least", "met", "said"),
    [
        (0.5, True, True, "met"),
        (0.4, True, False, "not met"),
        (0.5, False, True, "met"),
        (0.6, False, False, "not met"),
        (None, False, None, "not measured"),
    ],
)
def test_verdict_states_whether_the_threshold_is_met(value, is_least, met, said):
    verdict = Verdict("a target", 1_500, value, 0.5, is_least)
    assert verdict.met is met
    assert verdict.cells == ("a target", "1,500", f"{'≥' if is_least else '≤'} 0.5", verdict.cells[3], said)


def test_missed_targets_are_counted_and_unmeasured_ones_are_not(capsys):
    assert (
        print_verdicts(
            [Verdict("one", None, 2.0, 1.0), Verdict("two", None, 1.0, 1.0), Verdict("three", None, None, 1)]
        )
        == 1
    )
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["one", "two", "three"]


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [(0.12345, None, "0.123"), (1.2345, None, "1.23"), (12.345, None, "12.3"), (-0.00121, 4, "-0.0012")],
)
def test_figures_have_their_significant_digits(value, digits, expected):
    assert figure(value, digits) == expected
