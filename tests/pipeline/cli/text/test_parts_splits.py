"""What is said of the splits of a run."""

import pytest

from penstock.core.documents.data import SplitReport
from pipeline.cli.text.parts import split_lines

ROWS = {"train": 670, "eval": 330}
NOTED = {
    "by": "features",
    "column": None,
    "shares": {"train": 0.67, "eval": 0.33},
    "without_key": 0,
    "combinations": 900,
    "repeated": None,
}


@pytest.mark.parametrize(
    ("noted", "rows", "lines"),
    [
        ({}, ROWS, []),
        ({}, {"train": 700, "eval": 300}, []),
        (
            {},
            {"train": 560, "eval": 440},
            ["Warning: train has 56.0% of the rows, 67.0% was asked for: rows with the same features stay together"],
        ),
        (
            {"by": "key", "column": "k", "without_key": 12},
            {"train": 350, "eval": 650},
            [
                "12 of 1,000 rows have no 'k': split by their features",
                "Warning: train has 35.0% of the rows, 67.0% was asked for: rows with one 'k' stay together",
            ],
        ),
        ({"by": "key", "column": "k", "repeated": 3}, ROWS, ["3 of 330 rows of eval (0.9%) are in train too,"]),
        ({"by": "time", "repeated": 4}, ROWS, ["Warning: 4 of 330 rows of eval (1.2%) are in train too,"]),
        ({"by": "time", "repeated": 0}, ROWS, []),
        ({"by": "rows", "combinations": 14}, ROWS, ["Split by whole rows: the features have 14 combinations in 1,000"]),
        (
            {"by": "column", "column": "fold", "shares": {}},
            {**ROWS, "trian": 7, "test": 30},
            ["37 of 1,037 rows are in neither train nor eval: trian 7, test 30"],
        ),
        # Of few rows chance may take a share away.
        ({}, {"train": 9, "eval": 1}, []),
    ],
)
def test_splits_that_are_not_as_one_may_think_are_a_line_each(noted, rows, lines):
    found = split_lines(SplitReport.model_validate({**NOTED, **noted}), rows)
    assert len(found) == len(lines)
    assert all(line.startswith(start) for line, start in zip(found, lines, strict=True)), found


@pytest.mark.parametrize(("split", "rows"), [(None, ROWS), (NOTED, {})])
def test_runs_that_noted_nothing_say_nothing(split, rows):
    assert split_lines(split and SplitReport.model_validate(split), rows) == []
