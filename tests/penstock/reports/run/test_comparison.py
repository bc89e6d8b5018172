"""Two reports next to each other."""

import json

from penstock.reports.run.comparison import html, json_text, markdown, sheets
from tests.penstock.reports.conftest import Reader
from tests.penstock.reports.run.reports import analysis, bare, report


def changed():
    one = report("x")
    metric = one.verdict.metrics["auc"].model_copy(update={"model": 0.9, "ends": (0.8, 0.95)})
    verdict = one.verdict.model_copy(update={"metrics": {**one.verdict.metrics, "auc": metric}})
    return one.model_copy(update={"verdict": verdict, "configuration": {**one.configuration, "model.leaves": 7}})


def rows(found, title):
    return next(each.rows for each in found if each.title == title)


def test_differences_are_in_the_tables():
    found = sheets(report("x"), changed())
    assert ("auc", "0.9500", "–", "0.9000", "0.8000 to 0.9500", "-0.0500") in rows(found, "Metrics")
    assert rows(found, "Configuration") == [("model.leaves", "not set", "7")]
    assert rows(found, "Packages") == []
    assert rows(found, "Columns") == []
    assert ("ExampleGen", "1.00", "1.00") in rows(found, "Seconds by node")


def test_columns_of_one_alone_and_changed_statistics_are_named():
    one, other = report("x"), report("y")
    values = [each.model_copy(update={"mean": 9.0}) for each in other.data.columns[0].values]
    columns = (other.data.columns[0].model_copy(update={"values": tuple(values)}), other.data.columns[1])
    other = other.model_copy(update={"data": other.data.model_copy(update={"columns": columns})})
    found = rows(sheets(one, other), "Columns")
    assert ("miles", "mean", "2.5", "9") in found
    assert ("x", "column", "yes", "no") in found
    assert ("y", "column", "no", "yes") in found


def test_greatest_differences_of_columns_come_first_and_equal_looking_ones_not_at_all():
    one, other = report("x"), report("x")
    change = {"mean": 2.5000001, "least": 5.0, "missing": 0.11}
    values = tuple(each.model_copy(update=change) for each in other.data.columns[0].values)
    columns = (other.data.columns[0].model_copy(update={"values": values}), *other.data.columns[1:])
    other = other.model_copy(update={"data": other.data.model_copy(update={"columns": columns})})
    assert rows(sheets(one, other), "Columns") == [
        ("miles", "least", "0", "5"),
        ("miles", "missing", "10.0 %", "11.0 %"),
    ]


def test_metrics_on_different_rows_are_said_to_be():
    one = report("x")
    other = one.model_copy(update={"summary": one.summary.model_copy(update={"rows": {"train": 1, "eval": 2}})})
    assert "different rows" not in markdown(one, one)
    assert "evaluated on different rows" in markdown(one, other)
    assert "evaluated on different rows" in Reader(html(one, other)).text


def test_each_form_of_the_comparison_has_both():
    one, other = report("x"), report(analysis=analysis("z"))
    assert "<script" not in html(one, other)
    assert "A: version 2, run 20260101-000001" in Reader(html(one, other)).text
    assert "<" not in markdown(one, other)
    document = json.loads(json_text(one, other))
    assert document["a"]["summary"]["run"] == "20260101-000001"
    assert document["differences"][0]["title"] == "Metrics"


def test_comparison_with_a_failed_run_is_made():
    assert "The same statistics" not in markdown(report("x"), bare())
    assert "failed" in Reader(html(bare(), report("x"))).text
