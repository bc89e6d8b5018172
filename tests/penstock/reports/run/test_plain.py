"""The report as Markdown: every part, and no text that becomes markup or leaves its line."""

import re

from penstock.reports.run.plain import changed, markdown
from tests.penstock.reports.run.reports import bare, report


def test_report_has_every_part_in_the_order_of_the_page():
    text = markdown(report("x"))
    titles = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert titles == ["Verdict", "Data", "Model", "Lineage", "Model card"]
    for words in ("Feature importance", "Threshold explorer", "Worst slices", "Worst rows", "Leakage suspects"):
        assert f"### {words}" in text
    assert "| auc (decides) | 0.9500 |" in text


def test_hostile_text_is_no_markup():
    text = markdown(report())
    assert "<" not in text
    assert not re.search(r"(?<!\\)[`\[]", text)
    assert not re.search("[\x00-\x08\x0b-\x1f\u200f\u202e]", text)
    widths = {}
    for line in text.splitlines():
        if line.startswith("|"):
            widths.setdefault(len(re.findall(r"(?<!\\)\|", line)), []).append(line)
    assert all(line.endswith("|") for lines in widths.values() for line in lines)


def test_failed_run_has_a_report():
    text = markdown(bare(problems=({"part": "statistics", "reason": "gone"},)))
    assert "**failed**" in text
    assert "> no disk" in text
    assert "- statistics: gone" in text


def test_change_since_the_last_version_is_a_sentence():
    assert changed(report("x")) == "Since version 1: x from x to x"
    assert changed(bare()) == ""
