"""The evaluations of an experiment."""

from penstock.core.documents.verdict import Verdict
from penstock.registry.recording.evaluations import evaluations_of, reasons_against, verdict_of
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


def test_verdict_is_read_back_without_its_tables():
    tables = {"confusion": None, "reliability": None, "residuals": None, "min_slice_rows": None, "decision": None}
    slices = tuple(each.model_copy(update={"value": str(each.value)}) for each in PARSED.slices)
    expected = PARSED.model_copy(update={**tables, "of_rarer_class": None, "slices": slices})
    assert verdict_of(evaluations_of(PARSED), ["miles"]) == expected
    assert verdict_of({}) is None
    assert verdict_of({"overall": {}}) is None


def test_slice_of_a_column_whose_name_has_the_sign_is_read_back():
    found = {"overall": {"auc": 0.9}, "slices": {"a=b=c": {"rows": 3, "metrics": {"auc": 0.5}}}}
    assert [(each.column, each.value) for each in verdict_of(found, ["a", "a=b"]).slices] == [("a=b", "c")]
    assert [(each.column, each.value) for each in verdict_of(found).slices] == [("a", "b=c")]


def test_groups_of_an_attribute_are_recorded():
    verdict = Verdict.model_validate({**VERDICT, "fairness": [FAIRNESS]})
    found = evaluations_of(verdict)
    assert verdict_of(found).fairness == verdict.fairness
    assert [group["name"] for group in found["fairness"][0]["groups"]] == ["M", "<i>X"]
    assert "fairness" not in evaluations_of(PARSED)
