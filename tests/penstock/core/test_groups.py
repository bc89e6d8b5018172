"""The limit of groups is the one that the manual names."""

from benchmarks.systems import PROJECT
from penstock.core.groups import MOST_GROUPS


def test_manual_names_the_limit():
    page = " ".join((PROJECT / "docs" / "tasks" / "fairness.md").read_text().split())
    assert f"may have {MOST_GROUPS} different values at most" in page
    assert f"and so on, {MOST_GROUPS} at most" in page
