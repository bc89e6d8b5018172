"""The documents about the rows: fields that earlier releases did not write, and the two versions of a drift report."""

import json

from penstock.core.documents.data import AnomalyReport, DriftReport, RowCounts


def test_drift_report_has_the_version_of_the_model_and_one_of_its_own():
    report = DriftReport(version=7, compared=True, columns=(), skew=(), fails=False)
    written = json.loads(report.text())
    assert (written["version"], written["document_version"]) == (7, 1)
    assert DriftReport.parse(report.text(), "here").version == 7


def test_drift_report_without_skew_has_none():
    report = DriftReport.parse('{"version": null, "compared": false, "columns": [], "fails": false}', "here")
    assert (report.skew, report.failing) == (None, ())
    assert "skew" not in report.plain()
    assert "skew" not in json.loads(report.text())


def test_anomaly_report_without_a_command_that_accepts_has_none():
    assert AnomalyReport.parse('{"anomalies": []}', "here").accept == ""


def test_quarantined_rows_are_written_only_where_there_is_a_quarantine():
    counts = RowCounts(source=3, splits={"train": 3}, statistics={"train": 3}, evaluated=0)
    assert "quarantined" not in json.loads(counts.text())
    with_quarantine = counts.model_copy(update={"quarantined": 0})
    assert json.loads(with_quarantine.text())["quarantined"] == 0
