"""DriftGate: the run goes on, or each column that drifted is named with its distance and its threshold."""

import pytest

from penstock.core.documents.data import DriftReport
from penstock.core.errors import GateError

pytestmark = pytest.mark.slow


def column(name, distance, *, passed=False):
    return {"column": name, "measure": "L-infinity", "distance": distance, "threshold": 0.1, "passed": passed}


def report(*columns, failing=("drift",), skew=()):
    compared = {"version": 3, "compared": True, "columns": list(columns), "skew": list(skew)}
    return DriftReport.model_validate({**compared, "failing": list(failing), "fails": bool(failing)})


@pytest.mark.parametrize("given", [report(failing=()), report(column("a", 0.9), skew=[column("a", 0.9)], failing=())])
def test_report_that_does_not_fail_the_run_passes(given):
    from components.drift_gate import fail_run

    assert fail_run(given) is None


def test_drifted_columns_are_named_in_the_sentence_and_in_lines():
    from components.drift_gate import fail_run

    with pytest.raises(GateError) as refused:
        fail_run(report(column("a", 0.52), column("b", 0.25), column("c", None, passed=True)))
    assert str(refused.value) == (
        "the training data drifted from that of version 3: expected no distance above its threshold, for a 0.1, "
        "received a at 0.52, b at 0.25; fix the data, raise the threshold in [drift.columns], or train on it "
        "knowingly with `penstock run --set drift.fail_on=never`."
    )
    assert refused.value.details == (
        "a: L-infinity 0.52, at most 0.1 allowed",
        "b: L-infinity 0.25, at most 0.1 allowed",
    )


def test_skewed_columns_are_named_with_the_key_of_their_thresholds():
    from components.drift_gate import fail_run

    with pytest.raises(GateError) as refused:
        fail_run(report(column("a", 0.9), skew=[column("b", 0.25)], failing=["skew"]))
    assert str(refused.value) == (
        "the split eval is skewed from train: expected no distance above its threshold, for b 0.1, received b at 0.25; "
        "fix the data, raise the threshold in [drift.skew.columns], or train on it knowingly with "
        "`penstock run --set drift.fail_on=never`."
    )
    assert refused.value.details == ("b: L-infinity 0.25, at most 0.1 allowed, of eval from train",)


def test_drift_and_skew_are_in_one_error():
    from components.drift_gate import fail_run

    with pytest.raises(GateError) as refused:
        fail_run(report(column("a", 0.9), skew=[column("a", 0.25)], failing=["drift", "skew"]))
    assert (
        refused.value.what
        == "the training data drifted from that of version 3, and the split eval is skewed from train"
    )
    assert "raise the threshold in [drift.columns] or [drift.skew.columns], or" in str(refused.value)
    assert refused.value.details == (
        "a: L-infinity 0.9, at most 0.1 allowed",
        "a: L-infinity 0.25, at most 0.1 allowed, of eval from train",
    )


def test_of_many_drifted_columns_the_sentence_names_three():
    from components.drift_gate import fail_run

    with pytest.raises(GateError, match=r"c0 at 0.5, c1 at 0.5, c2 at 0.5 and 6 more;") as refused:
        fail_run(report(*(column(f"c{number}", 0.5) for number in range(9))))
    assert len(refused.value.details) == 9


def test_component_reads_the_report_and_leaves_it_behind(tmp_path):
    from components import artifacts
    from components.drift_gate import DriftGate

    given = artifacts.DriftReport()
    given.uri = str(tmp_path)
    (tmp_path / "report.json").write_text(report(column("a", 0.5)).text())
    with pytest.raises(GateError):
        DriftGate.test_call(report=given, code="x")
    assert (tmp_path / "report.json").is_file()
