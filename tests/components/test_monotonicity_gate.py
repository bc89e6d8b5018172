"""MonotonicityGate: probes of the served model on the rows of eval."""

import json

import pytest

from penstock.core.documents.monotonicity import Monotonicity
from penstock.core.errors import GateError
from tests.components.launching import artifact, channel, examples, execute
from tests.modules.conftest import example

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def saved(fitted, tmp_path_factory):
    """Return the folder of a model that rises with miles, falls with count, and has a dent in size."""
    import tensorflow as tf

    from modules import signatures

    known = fitted("regression")

    def model(rows):
        size = rows["größe a%2Fb_xf"]
        dent = tf.where((size > 1) & (size < 1.1), -0.5, 0.0)
        return (tf.tanh(rows["miles_xf"]) - rows["count_xf"] + size + dent)[:, None]

    served = signatures.ServedModel(model, known.transform, known.spec, constant=known.constant, classes=[])
    folder = tmp_path_factory.mktemp("rising") / "Format-Serving"
    signatures.save(served, str(folder))
    return folder


@pytest.fixture
def gate(fitted, saved, tmp_path):
    """Return the function that runs the gate."""
    known = fitted("regression")

    def run(rows=known.rows, **directions):
        from components import artifacts
        from components.monotonicity_gate import MonotonicityGate

        folder = tmp_path / f"rows-{len(list(tmp_path.iterdir()))}"
        inputs = {
            "examples": examples(folder, {"train": [], "eval": [example(row) for row in rows]}),
            "model": artifact("Model", saved.parent),
        }
        report = artifacts.MonotonicityReport()
        report.uri = str(tmp_path / "report")
        node = MonotonicityGate(
            examples=channel("Examples"),
            model=channel("Model"),
            features=known.spec.to_json(),
            directions=json.dumps({name.replace("size", "größe a/b"): each for name, each in directions.items()}),
            code="x",
        )
        try:
            execute(node, inputs, {"report": report}, tmp_path, [])
        finally:
            run.document = Monotonicity.read(report.uri)
        return run.document

    return run


def test_model_that_keeps_its_constraints_passes_100_000_probes(gate):
    found = gate(miles="increasing", count="decreasing")
    assert [(each.column, each.violations) for each in found.columns] == [("miles", 0), ("count", 0)]
    assert found.probes >= 100_000
    assert found.rows == 200
    assert all(each.rows <= 200 and not each.is_few for each in found.columns)
    assert gate(miles="increasing").columns[0].probes >= 100_000


def test_column_without_a_value_in_eval_is_not_proven_and_refused(gate, fitted):
    rows = [{**row, "count": None} for row in fitted("regression").rows]
    with pytest.raises(GateError) as caught:
        gate(rows, miles="increasing", count="decreasing")
    assert "expected a value in eval of each column that has one, received none of 'count'" in str(caught.value)
    assert caught.value.details == ("count (decreasing): not proven, eval has no value",)
    assert [each.probes > 0 for each in gate.document.columns] == [True, False]


def test_violation_is_said_with_the_column_that_is_not_proven(gate, fitted):
    rows = [{**row, "miles": None} for row in fitted("regression").rows]
    with pytest.raises(GateError, match="the model breaks a monotonic constraint") as caught:
        gate(rows, miles="increasing", size="increasing")
    assert [line.split(" (")[0] for line in caught.value.details] == ["größe a/b", "miles"]


def test_few_rows_of_few_whole_numbers_pass_with_the_number_of_their_probes(gate, fitted):
    found = gate(fitted("regression").rows[:3], count="decreasing")
    (column,) = found.columns
    assert (column.violations, column.is_few, column.rows) == (0, True, 3)
    assert 0 < column.probes < 10_000


def test_model_that_breaks_one_is_refused_with_the_column_and_the_place(gate):
    with pytest.raises(GateError) as caught:
        gate(miles="increasing", size="increasing")
    sentence = "the model breaks a monotonic constraint: expected no violation on the rows of eval, received"
    assert sentence in str(caught.value)
    (line,) = caught.value.details
    assert line.startswith("größe a/b (increasing): ")
    assert [each.violations > 0 for each in gate.document.columns] == [False, True]
