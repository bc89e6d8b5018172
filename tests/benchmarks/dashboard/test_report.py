import json

import pytest

from benchmarks.dashboard import report
from benchmarks.dashboard.report import FIGURES, section, shown, verdicts

FIRST = {"median": 0.0123, "p95": 0.0456, "cpu": 0.011, "browser": None}
WHOLE = {"median": 0.1, "p95": 0.35, "cpu": 0.02, "browser": 0.15}
FOUND = {
    "facts": {"cores": 2, "cpu": "a CPU", "commit": "abc", "date": "2026-11-29"},
    "size": {"runs": 1000, "columns": 100, "rows": 2000},
    "repeats": 20,
    "pages": [
        {"page": "runs", "first_byte": FIRST, "complete": WHOLE},
        {"page": "report", "first_byte": {**FIRST, "p95": 0.02}, "complete": None},
    ],
    "viewers": [{"page": "runs", "viewers": 10, "share": 0.0151, "events": 0.5}],
}


def test_section_has_the_targets_each_page_and_each_number_of_viewers(tmp_path, monkeypatch):
    monkeypatch.setattr(report, "REMARKS", tmp_path / "remarks.md")
    report.REMARKS.write_text("Remarks.\n")
    (tmp_path / FIGURES).write_text(json.dumps(FOUND))
    text, remarks = section(tmp_path)
    assert remarks == "Remarks.\n"
    for line in (
        "| Slowest first byte, s: runs | ≤ 0.05 | 0.046 | met |",
        "| Slowest complete page, s: runs | ≤ 0.3 | 0.350 | not met |",
        "| 10 of `runs`: share of a core, each | ≤ 0.02 | 0.015 | met |",
        "| runs | 12.3 | 45.6 | 11.0 | 100.0 | 350.0 | 20.0 | 150.0 |",
        "| report | 12.3 | 20.0 | 11.0 |  |  |  |  |",
        "| runs | 10 | 0.50 | 1.51% |",
    ):
        assert line in text.splitlines()


def test_section_is_left_out_without_figures(tmp_path):
    assert section(tmp_path) == []


def test_complete_pages_that_were_not_measured_are_no_target_that_is_met():
    pages = [{**each, "complete": None} for each in FOUND["pages"]]
    assert [each.met for each in verdicts({**FOUND, "pages": pages})] == [True, None, True]


@pytest.mark.parametrize("words", ["First byte, ms", "12.3", "1.51%"])
def test_figures_are_printed_as_lines(words):
    assert any(words in line for line in shown(FOUND))
