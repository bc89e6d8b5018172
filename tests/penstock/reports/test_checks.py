"""The schema, anomalies and drift as drawn: anomalies that fail the run are marked."""

import json
from pathlib import Path

import pytest

from penstock.metadata.lineage import Artifact
from penstock.reports.checks import anomalies, anomaly_report, drift_report, schema
from tests.penstock.reports.conftest import EVIL


@pytest.mark.parametrize(
    "words",
    [
        "<td>miles</td><td>number</td><td>in every row</td>",
        "<td>seats</td><td>whole number</td><td>in 50% of the rows</td>",
        "1 to 6",
        "a, b, c, d, e, f and 2 more",
        "<td>truth value</td><td>no</td>",
    ],
)
def test_a_schema_is_described_in_words(words, written):
    assert words in schema(written("Schema"))


def test_anomaly_report_marks_anomalies_that_fail_the_run(written):
    shown = anomaly_report(written("components.AnomalyReport"))
    assert "1 of 2 anomalies fail the run." in shown
    assert shown.count("fails the run</span>") == shown.count("let through</span>") == 1
    assert "(the whole table)" in shown
    assert "<code>penstock schema accept &#39;a b&#39; &lt;script" in shown
    assert "</code>, with the --config and --set of the run" in shown


def test_an_empty_report_says_so(tmp_path):
    (tmp_path / "report.json").write_text('{"anomalies": []}')
    assert "No anomaly in any split" in anomaly_report(Artifact(1, "components.AnomalyReport", "report", str(tmp_path)))


def test_anomalies_are_shown_with_their_split(written):
    shown = anomalies(written("ExampleAnomalies"))
    assert "<td>eval</td><td>error</td>" in shown
    assert "Too few rows" in shown


def test_splits_without_anomalies_say_so(written):
    artifact = written("ExampleAnomalies")
    Path(artifact.uri, "Split-eval", "SchemaDiff.pb").write_bytes(b"")
    assert "No anomaly in train, eval." in anomalies(artifact)


def test_drift_report_marks_columns_that_drifted_and_columns_that_were_not_compared(written):
    markup = str(drift_report(written("components.DriftReport")))
    assert "Compared with the training data of version 3." in markup
    assert EVIL not in markup
    assert "0.2500" in markup
    assert (markup.count("drifted"), markup.count("not compared"), markup.count("skewed")) == (1, 1, 1)
    assert markup.index("eval from train") < markup.index("0.5000") < markup.index("skewed")


@pytest.mark.parametrize(
    ("version", "message"), [(None, "No version was pushed before"), (2, "Version 2 carries no statistics")]
)
def test_report_without_a_comparison_says_why(version, message, tmp_path):
    (tmp_path / "report.json").write_text(
        json.dumps({"version": version, "compared": False, "columns": [], "fails": False})
    )
    assert message in str(drift_report(Artifact(1, "components.DriftReport", "report", str(tmp_path))))
