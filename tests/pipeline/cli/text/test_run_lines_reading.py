"""Lines about rows that the query removed or added, and values that were read as missing."""

import pytest

from penstock.core.documents.data import Reading
from pipeline.cli.text.run_lines import reading_lines


@pytest.mark.parametrize(
    ("reading", "lines"),
    [
        (None, []),
        ({"rows": 10, "result": 10, "marked": {}}, []),
        ({"rows": 1010, "result": 1000, "marked": {}}, ["data.query left out 10 of 1,010 rows"]),
        ({"rows": 10, "result": 20, "marked": {}}, ["data.query made 20 rows of 10"]),
        (
            {"rows": 10, "result": 10, "marked": {"a": 1, "b": 2000, "c": 3, "d": 1}},
            ["2,005 values were read as missing: b 2,000, c 3, a 1 and 1 more columns"],
        ),
    ],
)
def test_only_changes_of_the_rows_and_values_are_listed(reading, lines):
    assert reading_lines(reading and Reading.model_validate(reading)) == lines
