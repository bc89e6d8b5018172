"""Lines about drift and skew: which columns are above their thresholds, and why nothing was compared."""

import pytest

from penstock.core.documents.data import DriftReport
from pipeline.cli.text import run_lines


def drift_lines(report):
    return run_lines.drift_lines(DriftReport.model_validate(report))


def column(name, distance, *, passed=True):
    return {"column": name, "measure": "L-infinity", "distance": distance, "threshold": 0.1, "passed": passed}


def report(*columns, version=3, compared=True):
    return {"version": version, "compared": compared, "columns": list(columns), "fails": False}


@pytest.mark.parametrize(
    ("given", "lines"),
    [
        (report(version=None, compared=False), ["Drift: not compared, because no earlier version was pushed."]),
        (
            report(compared=False),
            ["Drift from version 3: not compared, because its folder has no statistics of its training data."],
        ),
        (report(column("a", None)), ["Drift from version 3: not compared, because no column has values in both."]),
        (
            report(column("a", 0.0512), column("b", 0.0)),
            [
                "Drift from version 3: none of 2 columns is above its threshold",
                "nearest  a: L-infinity 0.0512, at most 0.1",
            ],
        ),
        (
            report(column("a", 0.0512), column("b", None), column("c", None)),
            [
                "Drift from version 3: none of 1 columns is above its threshold; 2 not compared",
                "nearest  a: L-infinity 0.0512, at most 0.1",
            ],
        ),
        (
            report(column("a", 0.25, passed=False), column("b", 0.0), column("c", None)),
            [
                "Drift from version 3: 1 of 2 columns above its threshold; 1 not compared",
                "drifted  a: L-infinity 0.25, at most 0.1",
            ],
        ),
    ],
)
def test_report_is_a_sentence_and_a_line_per_column_above_its_threshold(given, lines):
    assert drift_lines(given) == lines


@pytest.mark.parametrize(
    ("skew", "lines"),
    [
        ([column("a", None)], ["Skew of eval from train: not compared, because no column has values in both."]),
        (
            [column("a", 0.0512)],
            [
                "Skew of eval from train: none of 1 columns is above its threshold",
                "nearest  a: L-infinity 0.0512, at most 0.1",
            ],
        ),
        (
            [column("a", 0.25, passed=False), column("b", 0.2, passed=False)],
            [
                "Skew of eval from train: 2 of 2 columns above their thresholds",
                "skewed   a: L-infinity 0.25, at most 0.1",
                "skewed   b: L-infinity 0.2, at most 0.1",
            ],
        ),
    ],
)
def test_skew_follows_drift_although_no_earlier_version_was_pushed(skew, lines):
    drifted = "Drift: not compared, because no earlier version was pushed."
    assert drift_lines({**report(version=None, compared=False), "skew": skew}) == [drifted, *lines]


def test_list_of_drifted_columns_is_cut():
    lines = drift_lines(report(*(column(f"c{number}", 0.5, passed=False) for number in range(9))))
    assert lines[0] == "Drift from version 3: 9 of 9 columns above their thresholds"
    assert len(lines) == 7
    assert lines[-1] == "and 4 more: --json lists all"
