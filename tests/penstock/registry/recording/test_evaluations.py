"""The evaluations of an experiment."""

from penstock.core.documents.verdict import Verdict
from penstock.registry.recording.evaluations import evaluations_of, reasons_against
from tests.metadata_store import FAIRNESS, VERDICT

PARSED = Verdict.model_validate(VERDICT)


def test_evaluations_have_metrics_intervals_baselines_and_slices():
    found = evaluations_of(PARSED)
    assert found["overall"] == {"auc": 0.95}
    assert found["intervals"] == {"auc": 0.0125}
    assert (found["constant"], found["linear"]) == ({"auc": 0.5}, {"auc": 0.9})
    assert "baseline" not in found
    assert found["gains"]["linear"]["gain"] == 0.05
    assert found["slices"]["miles=7"] == {"rows": 8, "metrics": {"auc": 0.9}, "intervals": {"auc": 0.02}}
    assert found["slices"]["miles=2"]["too_few_rows"]
    assert [each["passed"] for each in found["thresholds"]] == [True, False]
    assert (found["blessed"], found["rows"]) == (True, 33)


def test_reasons_are_the_missed_thresholds():
    assert reasons_against(PARSED) == "auc overall: 0.95, at most 0.91 required"


def test_run_without_a_verdict_has_none():
    assert evaluations_of(None) == {}
    assert reasons_against(None) == ""


def test_groups_of_an_attribute_are_recorded():
    found = evaluations_of(Verdict.model_validate({**VERDICT, "fairness": [FAIRNESS]}))
    assert [group["name"] for group in found["fairness"][0]["groups"]] == ["M", "<i>X"]
    assert "fairness" not in evaluations_of(PARSED)
