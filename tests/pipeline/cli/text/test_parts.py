"""Drift in words: what drifted, how far, and why nothing was compared."""

import pytest

from penstock.core.documents.data import DriftReport
from pipeline.cli.text import parts


def drift_lines(report):
    return parts.drift_lines(DriftReport.model_validate(report))


def column(name, distance, *, passed=True):
    return {"column": name, "measure": "L-infinity", "distance": distance, "threshold": 0.1, "passed": passed}


def report(*columns, version=3, compared=True):
    return {"version": version, "compared": compared, "columns": list(columns), "fails": False}


@pytest.mark.parametrize(
    ("given", "lines"),
    [
        (report(version=None, compared=False), ["Drift: not compared, for no version was pushed before."]),
        (
            report(compared=False),
            ["Drift from version 3: not compared, for it carries no statistics of its training data."],
        ),
        (report(column("a", None)), ["Drift from version 3: not compared, for no column has values in both."]),
        (
            report(column("a", 0.0512), column("b", 0.0)),
            [
                "Drift from version 3: none of 2 columns beyond its threshold",
                "nearest  a: L-infinity 0.0512, at most 0.1",
            ],
        ),
        (
            report(column("a", 0.0512), column("b", None), column("c", None)),
            [
                "Drift from version 3: none of 1 columns beyond its threshold; 2 not compared",
                "nearest  a: L-infinity 0.0512, at most 0.1",
            ],
        ),
        (
            report(column("a", 0.25, passed=False), column("b", 0.0), column("c", None)),
            [
                "Drift from version 3: 1 of 2 columns beyond its threshold; 1 not compared",
                "drifted  a: L-infinity 0.25, at most 0.1",
            ],
        ),
    ],
)
def test_report_is_told_in_a_sentence_and_a_line_for_each_column(given, lines):
    assert drift_lines(given) == lines


@pytest.mark.parametrize(
    ("skew", "lines"),
    [
        ([column("a", None)], ["Skew of eval from train: not compared, for no column has values in both."]),
        (
            [column("a", 0.0512)],
            [
                "Skew of eval from train: none of 1 columns beyond its threshold",
                "nearest  a: L-infinity 0.0512, at most 0.1",
            ],
        ),
        (
            [column("a", 0.25, passed=False), column("b", 0.2, passed=False)],
            [
                "Skew of eval from train: 2 of 2 columns beyond their thresholds",
                "skewed   a: L-infinity 0.25, at most 0.1",
                "skewed   b: L-infinity 0.2, at most 0.1",
            ],
        ),
    ],
)
def test_skew_is_told_after_drift_though_nothing_was_pushed_before(skew, lines):
    drifted = "Drift: not compared, for no version was pushed before."
    assert drift_lines({**report(version=None, compared=False), "skew": skew}) == [drifted, *lines]


def test_of_many_drifted_columns_the_first_are_told():
    lines = drift_lines(report(*(column(f"c{number}", 0.5, passed=False) for number in range(9))))
    assert lines[0] == "Drift from version 3: 9 of 9 columns beyond their thresholds"
    assert len(lines) == 7
    assert lines[-1] == "and 4 more: --json lists all"
