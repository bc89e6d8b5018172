"""AnomalyGate: the data passes, or each anomaly is named."""

import json

import pytest

from penstock.core.errors import GateError

pytestmark = pytest.mark.slow


def anomaly(column="miles", fails=True, **values):
    from penstock.core.documents.data import Anomaly

    known = {"split": "train", "kind": "ENUM_TYPE_UNEXPECTED_STRING_VALUES", "severity": "error", "description": "x"}
    return Anomaly.model_validate({"column": column, **known, **values, "fails": fails})


@pytest.mark.parametrize("anomalies", [[], [anomaly(fails=False)], [anomaly(fails=False), anomaly("paid", False)]])
def test_data_without_a_failing_anomaly_passes(anomalies):
    from components.anomaly_gate import fail_run

    assert fail_run(anomalies, "report.json") is None


def test_each_failing_anomaly_is_named_in_a_line():
    from components.anomaly_gate import fail_run

    with pytest.raises(GateError) as refused:
        fail_run([anomaly(), anomaly("fine", False), anomaly("", split="eval", severity="warning")], "/r/report.json")
    assert str(refused.value) == (
        "the data does not match the schema: expected no anomaly of the severity in [validation], "
        "received 2 (all in /r/report.json); "
        "fix the data, accept what is right with `penstock schema accept miles`, "
        "or excuse the column in [validation.columns]."
    )
    assert refused.value.details == (
        "miles, split train: ENUM_TYPE_UNEXPECTED_STRING_VALUES (error): x",
        "(the whole table), split eval: ENUM_TYPE_UNEXPECTED_STRING_VALUES (warning): x",
    )


def gate(folder, anomalies):
    from components import artifacts
    from components.anomaly_gate import AnomalyGate

    report = artifacts.AnomalyReport()
    report.uri = str(folder)
    (folder / "report.json").write_text(json.dumps({"anomalies": [each.model_dump() for each in anomalies]}))
    return AnomalyGate.test_call(report=report, code="x")


def test_component_reads_the_report_and_leaves_it_behind(tmp_path):
    gate(tmp_path, [anomaly(fails=False)])
    with pytest.raises(GateError) as refused:
        gate(tmp_path, [anomaly()])
    assert f"(all in {tmp_path}/report.json)" in str(refused.value)
    assert json.loads((tmp_path / "report.json").read_text())["anomalies"] == [anomaly().model_dump()]
