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
    inputs = {
        "examples": examples(tmp_path / "rows", {"train": [], "eval": [example(row) for row in known.rows]}),
        "model": artifact("Model", saved.parent),
    }

    def run(**directions):
        from components import artifacts
        from components.monotonicity_gate import MonotonicityGate

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
    # Whole numbers have fewer values between.
    assert found.columns[0].probes >= 50_000
    assert gate(miles="increasing").columns[0].probes >= 100_000
    assert found.rows == 200


def test_model_that_breaks_one_is_refused_with_the_column_and_the_place(gate):
    with pytest.raises(GateError) as caught:
        gate(miles="increasing", size="increasing")
    sentence = "the model breaks a monotonic constraint: expected no violation on the rows of eval, received"
    assert sentence in str(caught.value)
    (line,) = caught.value.details
    assert line.startswith("größe a/b (increasing): ")
    assert [each.violations > 0 for each in gate.document.columns] == [False, True]
