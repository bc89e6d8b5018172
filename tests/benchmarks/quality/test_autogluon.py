"""AutoGluon's predictions in the form that the scores take."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.quality import autogluon
from benchmarks.quality.autogluon import _of_task
from benchmarks.quality.bundled import iris

ANSWERS = np.array([[0.25, 0.75], [0.5, 0.5]])


@pytest.mark.parametrize(
    ("task", "found"),
    [("binary", [0.75, 0.5]), ("multiclass", [[0.25, 0.75], [0.5, 0.5]]), ("regression", [0.25, 0.5])],
)
def test_predictions_are_a_probability_of_1_a_probability_per_class_or_numbers(task, found):
    assert _of_task(ANSWERS, task).tolist() == found


def test_answers_are_kept_for_the_same_rows_limit_and_parts_alone(tmp_path, monkeypatch):
    asked = []

    def run(_, folder, *what, seconds):
        asked.append(what)
        rows = pd.read_parquet(Path(folder) / "eval.parquet")
        pd.DataFrame({"0": rows.iloc[:, 0], "1": 0.0, "2": 1.0}).to_parquet(Path(folder) / "answers.parquet")
        return f"a warning\n{json.dumps({'fit': 4.0, 'latency': 7.0, 'megabytes': 1.0})}\n"

    monkeypatch.setattr(autogluon.environment, "run", run)
    table, kept = iris(), tmp_path / "kept"
    parts = np.arange(100), np.arange(100, 150)
    other = replace(table, rows=table.rows.slice(1))

    def measured(number, table, parts, seconds, place=kept):
        return autogluon.measured(table, parts, seconds, tmp_path / str(number) / "autogluon", place)

    first, cost = measured(1, table, parts, 10.0)
    assert cost == {"fit": 4.0, "latency": 7.0, "megabytes": 1.0}
    np.testing.assert_array_equal(first[:, 0], table.rows.column(0).to_numpy()[100:])
    again, same = measured(2, table, parts, 10.0)
    np.testing.assert_array_equal(again, first)
    assert (same, len(asked)) == (cost, 1)
    measured(3, table, parts, 60.0)
    measured(4, table, (parts[1], parts[0]), 10.0)
    measured(5, other, (parts[0], parts[1][:-1]), 10.0)
    measured(6, table, parts, 10.0, None)
    assert [what[2] for what in asked] == ["10", "60", "10", "10", "10"]
    assert len(list(kept.iterdir())) == 4
