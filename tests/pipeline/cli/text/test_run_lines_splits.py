"""Lines about splits that differ from what is configured."""

import pytest

from penstock.core.documents.data import SplitReport
from pipeline.cli.text.run_lines import split_lines

ROWS = {"train": 670, "eval": 330}
REPORT = {
    "by": "features",
    "column": None,
    "shares": {"train": 0.67, "eval": 0.33},
    "without_key": 0,
    "combinations": 900,
    "repeated": None,
}


@pytest.mark.parametrize(
    ("changes", "rows", "lines"),
    [
        ({}, ROWS, []),
        ({}, {"train": 700, "eval": 300}, []),
        (
            {},
            {"train": 560, "eval": 440},
            ["Warning: train has 56.0% of the rows, 67.0% is configured: rows with the same features stay together"],
        ),
        (
            {"by": "key", "column": "k", "without_key": 12},
            {"train": 350, "eval": 650},
            [
                "12 of 1,000 rows have no 'k': split by their features",
                "Warning: train has 35.0% of the rows, 67.0% is configured: rows with the same 'k' stay together",
            ],
        ),
        ({"by": "key", "column": "k", "repeated": 3}, ROWS, ["3 of 330 rows of eval (0.9%) are also in train,"]),
        ({"by": "time", "repeated": 4}, ROWS, ["Warning: 4 of 330 rows of eval (1.2%) are also in train,"]),
        ({"by": "time", "repeated": 0}, ROWS, []),
        ({"by": "rows", "combinations": 14}, ROWS, ["Split by whole rows: the features have 14 combinations in 1,000"]),
        (
            {"by": "column", "column": "fold", "shares": {}},
            {**ROWS, "trian": 7, "test": 30},
            ["37 of 1,037 rows are in neither train nor eval: trian 7, test 30"],
        ),
        # With few rows the sampling error is large.
        ({}, {"train": 9, "eval": 1}, []),
    ],
)
def test_each_difference_from_the_configured_splits_is_a_line(changes, rows, lines):
    found = split_lines(SplitReport.model_validate({**REPORT, **changes}), rows)
    assert len(found) == len(lines)
    assert all(line.startswith(start) for line, start in zip(found, lines, strict=True)), found


@pytest.mark.parametrize(("split", "rows"), [(None, ROWS), (REPORT, {})])
def test_run_without_a_report_of_its_splits_has_no_lines(split, rows):
    assert split_lines(split and SplitReport.model_validate(split), rows) == []
