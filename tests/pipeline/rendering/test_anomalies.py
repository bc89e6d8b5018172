from pipeline.lineage import Artifact
from pipeline.rendering.anomalies import anomalies, report


def test_a_report_marks_what_fails_the_run(written):
    shown = report(written("penstock.AnomalyReport"))
    assert "1 of 2 fail the run." in shown
    assert shown.count("fails the run</span>") == shown.count("let through</span>") == 1
    assert "(the whole table)" in shown
    assert "<code>penstock schema accept &#x27;a b&#x27;</code>, with the --config and --set of the run" in shown


def test_an_empty_report_says_so(tmp_path):
    (tmp_path / "report.json").write_text('{"anomalies": []}')
    assert "No anomaly in any split" in report(Artifact(1, "penstock.AnomalyReport", "report", str(tmp_path)))


def test_anomalies_are_shown_with_their_split(written):
    shown = anomalies(written("ExampleAnomalies"))
    assert "<td>eval</td><td>error</td>" in shown
    assert "Too few rows" in shown


def test_splits_without_anomalies_say_so(written):
    artifact = written("ExampleAnomalies")
    from pathlib import Path

    Path(artifact.uri, "Split-eval", "SchemaDiff.pb").write_bytes(b"")
    assert "No anomaly in train, eval." in anomalies(artifact)
