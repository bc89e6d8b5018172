"""Two runs compared, as lines of 80 columns."""

from penstock.comparison.result import Part
from penstock.comparison.settings import Changes, Setting
from penstock.metadata.lineage import Run
from penstock.metadata.store import Store
from pipeline.cli.text.comparison import comparison_lines
from pipeline.comparison.runs import Comparison
from pipeline.comparison.selection import Selected


def comparison(tmp_path, *parts, metrics=None, changes=None):
    store = Store("taxi", "sqlite:///x", tmp_path / "x", tmp_path, tmp_path, tmp_path)
    one, other = (Selected(folder, store, Run("20260101-000001", "taxi", ())) for folder in ("", "a/long/folder" * 9))
    return Comparison(one, other, 1e-6, parts, metrics or {}, changes or Changes((), ()))


def lines(*arguments, **named):
    found = comparison_lines(comparison(*arguments, **named), ("pushed version 1", "refused"))
    assert max(map(len, found)) <= 80
    return found


def test_long_words_and_details_stay_in_their_column(tmp_path):
    part = Part(
        "statistics", "different", "12 of 30 columns; " + "at most 0.25: eval, fare " * 4, 0.25, ("train, x" * 30,)
    )
    found = lines(tmp_path, part)
    assert found[3].startswith("statistics  different  12 of 30 columns; at most")
    assert {line[:23] for line in found[4:6]} == {" " * 23}
    assert found[-1] == "Different: statistics. Tolerance: 1e-06."


def test_detail_that_the_first_line_has_is_not_repeated(tmp_path):
    part = Part("verdict", "different", "both blessed; rows: 33 and 34", None, ("rows: 33 and 34", "slices: 1 and 2"))
    assert [line.strip() for line in lines(tmp_path, part)[4:5]] == ["slices: 1 and 2"]


def test_metric_without_a_value_has_a_dash_and_no_difference(tmp_path):
    metrics = {
        "auc": {"a": 0.95, "b": 0.9500001, "difference": 1e-7},
        "recall": {"a": None, "b": 0.5, "difference": None},
        "accuracy": {"a": 0.5, "b": 0.5, "difference": 0.0},
    }
    found = lines(tmp_path, Part("schema", "equal", ""), metrics=metrics)
    start = found.index("")
    assert [line.split() for line in found[found.index("", start + 1) + 1 : -2]] == [
        ["Metric", "A", "B", "Difference"],
        ["auc", "0.9500", "0.9500", "+1e-07"],
        ["recall", "-", "0.5000", "-"],
        ["accuracy", "0.5000", "0.5000", "0"],
    ]
    assert found[-1] == "Equal within a tolerance of 1e-06."


def test_settings_and_code_that_differ_are_listed_but_not_all(tmp_path):
    settings = tuple(Setting("Trainer", f"model.x{number}", number, "text " * 30) for number in range(12))
    found = lines(tmp_path, Part("schema", "equal", ""), changes=Changes(settings, ("Trainer", "Evaluator")))
    assert [line.split()[:3] for line in found if line.startswith("Trainer")][:2] == [
        ["Trainer", "model.x0", "0"],
        ["Trainer", "model.x1", "1"],
    ]
    assert "and 2 more: --json lists all" in found
    assert "Code that differs: Trainer, Evaluator" in found


def test_part_that_cannot_be_compared_is_no_difference_and_not_equal(tmp_path):
    parts = Part("model", "unknown", "in B deleted: /x"), Part("verdict", "absent", "in neither run")
    assert lines(tmp_path, *parts)[-1] == "Cannot be compared: model. Tolerance: 1e-06."
