"""What is said of rows and values that were left out or changed on their way into examples."""

import pytest

from penstock.core.documents.data import Reading
from pipeline.cli.text.parts import reading_lines


@pytest.mark.parametrize(
    ("reading", "lines"),
    [
        (None, []),
        ({"rows": 10, "result": 10, "marked": {}}, []),
        ({"rows": 1010, "result": 1000, "marked": {}}, ["data.query left out 10 of 1,010 rows"]),
        ({"rows": 10, "result": 20, "marked": {}}, ["data.query made 20 rows of 10"]),
        (
            {"rows": 10, "result": 10, "marked": {"a": 1, "b": 2000, "c": 3, "d": 1}},
            ["2,005 values were read as missing by a mark: b 2,000, c 3, a 1 and 1 more columns"],
        ),
    ],
)
def test_only_what_was_left_out_or_changed_is_said(reading, lines):
    assert reading_lines(reading and Reading.model_validate(reading)) == lines
