"""Drift as a page: each distance beside its threshold, or why there is none."""

import json

import pytest

from pipeline.lineage import Artifact
from pipeline.rendering.drift import report
from tests.pipeline.rendering.conftest import EVIL


def test_report_marks_what_drifted_and_what_was_not_compared(written):
    markup = str(report(written("penstock.DriftReport")))
    assert "Compared with the training data of version 3." in markup
    assert EVIL not in markup
    assert "0.2500" in markup
    assert (markup.count("drifted"), markup.count("not compared"), markup.count("skewed")) == (1, 1, 1)
    assert markup.index("eval from train") < markup.index("0.5000") < markup.index("skewed")


@pytest.mark.parametrize(
    ("version", "said"), [(None, "No version was pushed before"), (2, "Version 2 carries no statistics")]
)
def test_report_without_a_comparison_says_why(version, said, tmp_path):
    (tmp_path / "report.json").write_text(json.dumps({"version": version, "compared": False, "columns": []}))
    assert said in str(report(Artifact(1, "penstock.DriftReport", "report", str(tmp_path))))
