"""A proposal in lines of at most 80 columns, even with long names and reasons."""

from pathlib import Path

from penstock.proposal.checks import Checks
from penstock.proposal.label_errors import LabelError, LabelErrors
from penstock.proposal.quick_model import QuickScores
from penstock.proposal.roles import Choice
from pipeline.cli.text.proposal import lines
from tests.penstock.proposal.test_toml import proposal


def test_long_names_and_many_columns_stay_within_the_screen():
    many = [Choice(f"a rather long name of a column, number {n}\n", "numeric", "why " * 40) for n in range(100)]
    left = [Choice(f"column {n}", "", "why not " * 40) for n in range(3)]
    shown = lines(proposal(*many, *left, warnings=("look " * 60,), sampled=10), [Path("p.toml")], Path("p.toml"))
    assert max(map(len, shown)) <= 80
    assert "and 70 more: the file lists all" in shown
    assert any("of which 10 were read" in line for line in shown)
    assert shown[-1] == "Next: penstock run --config p.toml"


def test_constant_without_a_quick_model_is_shown_alone():
    found = QuickScores(12.345, None, 40)
    shown = lines(proposal(Choice("x", "numeric", "numbers"), quick_scores=found), [], Path("pipeline.toml"))
    assert "Threshold: auc, min 0.7; on 40 rows a constant reached 12.35." in shown


def test_empty_sections_are_left_out():
    shown = "\n".join(lines(proposal(Choice("x", "numeric", "numbers"), quick_scores=None), [], Path("pipeline.toml")))
    assert "Threshold: auc, min 0.7." in shown
    assert "Left out" not in shown
    assert "Check:" not in shown


def test_first_label_errors_are_shown_by_line_or_row():
    def shown(line):
        errors = tuple(LabelError(n, line and n + 1, "spam " * 9, "ham", 0.01) for n in range(1, 8))
        checks = Checks(label_errors=LabelErrors(errors, 100, "binary"))
        return lines(proposal(Choice("x", "numeric", "numbers"), checks=checks), [], Path("pipeline.toml"))

    assert "2     spam spam spam spam s...  ham" in shown(True)
    assert [line.split()[0] for line in shown(None) if line.endswith("ham")] == ["1", "2", "3", "4", "5"]
    assert "and 2 more: label_errors.csv lists all" in shown(True)
    assert max(map(len, shown(True))) <= 80
