import json

import pytest

from penstock.core.errors import PenstockError
from penstock.reports.run.document import Column, RunReport, SchemaChange, Values
from tests.penstock.reports.run.reports import bare, report


@pytest.mark.parametrize("found", [report(), bare()])
def test_report_is_read_as_it_was_written(found):
    assert RunReport.parse(found.text(), "here") == found
    assert RunReport.parse(found.text(), "here").text() == found.text()
    json.loads(found.text(), parse_constant=pytest.fail)


def test_problem_of_a_part_is_found():
    assert report("x").problem("leaderboard") == "x"
    assert report("x").problem("verdict") == ""


def test_report_of_a_newer_release_is_refused():
    with pytest.raises(PenstockError, match="the report of a run of version 1 or older"):
        RunReport.parse(report("x").text().replace('"version": 1', '"version": 2', 1), "here")


def test_parts_refuse_unknown_fields():
    assert Column(name="x", kind="text", values=(Values(rows="train"),)).role == ""
    with pytest.raises(ValueError, match="extra"):
        SchemaChange(column="x", change="added", other="y")
