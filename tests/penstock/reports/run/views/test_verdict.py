import pytest

from penstock.core.documents.verdict import Verdict
from penstock.core.text import UNKNOWN
from penstock.reports.run.document import Production
from penstock.reports.run.plain import markdown
from penstock.reports.run.views import card, lineage
from penstock.reports.run.views.verdict import (
    article,
    decision,
    facts,
    gains,
    lead,
    metrics,
    production,
    thresholds,
    view,
)
from tests.metadata_store import FAIRNESS
from tests.penstock.reports.conftest import Reader
from tests.penstock.reports.run.reports import bare, report, verdict


def test_lead_says_what_was_trained_and_how_it_ended():
    assert lead(report("x")) == (
        "An auto model of x from 2 columns, trained on 67 rows. On 100 rows of eval its auc is 0.9500 ±0.0125. "
        "It was blessed and pushed as version 2."
    )
    assert lead(bare()).endswith("The run failed, and nothing was pushed.")
    assert article("neural") == "A"


def test_metric_that_decides_is_bold_and_missing_values_are_dashes():
    sheet = metrics(report("x"), verdict("x"))
    assert sheet.headings == [
        "Metric",
        "This model",
        "Interval",
        "Best constant",
        "Linear model",
        "Last blessed, version 1",
    ]
    assert str(sheet.rows[0][1]) == "<strong>0.9500</strong>"
    assert sheet.rows[1] == ["precision", "0.7000", UNKNOWN, UNKNOWN, UNKNOWN, "0.6000"]
    assert sheet.level == "90 %"


def test_thresholds_and_gains_are_in_words():
    assert [word for _, word, _ in thresholds(verdict())] == ["passed", "missed", "not decided"]
    assert list(gains(verdict().gains)) == ["By auc 0.0500 ±0.0100 better than the linear model"]


def test_first_screen_has_the_changes():
    text = Reader(view(report("x"))).text
    assert "What changed since version 1 (run x)" in text
    assert dict(facts(report("x").summary))["Commit"] == "abcdef0 with changes"
    same = Reader(view(report("x", changes=()))).text
    assert "Nothing that was recorded differs" in same


def test_other_sections_of_a_bare_report_say_what_is_missing():
    assert "was not recorded" in Reader(lineage.view(bare())).text
    assert "Not stated: set uses under [card]" in Reader(card.view(bare())).text
    assert lineage.setting([1, 2]) == "1, 2"
    assert (lineage.setting(None), lineage.setting(True)) == ("not set", "true")
    assert lineage.row(report("x").nodes[0])[3] == "5 MB"


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (None, ""),
        (Production(), "No version was in production when the run began."),
        (
            Production(promoted=True),
            "No version was in production when the run began. This run promoted version 2 to production.",
        ),
        (
            Production(version=7, value=0.25),
            "In production (the alias default) was version 7 when the run began; its auc was 0.2500 on the rows that "
            "it was evaluated on. Version 2 was not promoted.",
        ),
        (
            Production(version=1, value=0.9, promoted=True),  # the Evaluator compared it on the same rows
            "In production (the alias default) was version 1 when the run began. "
            "This run promoted version 2 to production.",
        ),
    ],
)
def test_version_in_production_is_named_and_compared(found, expected):
    compared = verdict("x").model_dump()
    compared["metrics"]["auc"]["baseline"] = 0.8
    shown = report("x", production=found, verdict=Verdict.model_validate(compared))
    assert production(shown) == expected
    text = Reader(view(shown)).text
    assert ("version 1, in production" in text) == (found is not None and found.version == 1)
    assert ("production, version 7*" in text) == (found is not None and found.version == 7)


def test_what_the_decision_reaches_is_stated():
    found = Verdict.model_validate(
        {
            **verdict().model_dump(),
            "decision": {"saving": {"value": 0.5, "interval": 0.1}, "recall": {"value": None, "interval": None}},
        }
    )
    assert list(decision(found)) == ["saving: 0.5000 ±0.1000"]
    assert "saving: 0.5000" in Reader(view(report("x", verdict=found))).text
    assert list(decision(verdict())) == []


def test_groups_of_an_attribute_are_a_table_of_the_page_and_of_the_plain_report():
    found = Verdict.model_validate({**verdict().model_dump(), "fairness": [FAIRNESS]})
    page = Reader(view(report("x", verdict=found))).text
    assert "selection_rate by sex on the rows of eval" in page
    assert "<i>X" in page
    lines = markdown(report("x", verdict=found)).replace("\\", "")
    assert "### Fairness: selection_rate by sex" in lines
    assert "0.4000 to 0.6000" in lines
    assert "too few rows to compare" in lines
    assert "Fairness" not in Reader(view(report("x"))).text
