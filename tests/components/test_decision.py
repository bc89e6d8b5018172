"""Decision: the model with its decision, from held-out predictions or from a split of its own."""

import json

import numpy as np
import pytest

from penstock.core.documents.decision import Decision as Document
from penstock.core.errors import NodeError
from tests.components.launching import artifact, channel, examples, execute, files_of
from tests.modules.conftest import LABEL, example

pytestmark = pytest.mark.slow

KINDS = {"examples": "Examples", "fitted": "Model", "model_run": "ModelRun", "transform_graph": "TransformGraph"}
SETTINGS = {
    "policy": "costs",
    "value": {"fp": 1, "fn": 8},
    "coverage": 0.8,
    "by": "paid",
    "split": None,
    "min_rows": 20,
    "least": None,
}


@pytest.fixture
def decide(fitted, tmp_path):
    """Return the function that runs the node on the binary model."""
    import shutil

    from modules.decision import held_out
    from modules.families.problem import HeldOut

    known = fitted("binary")
    serialized = [example(row) for row in known.rows]
    inputs = {
        "examples": examples(tmp_path / "rows", {"train": serialized, "eval": [], "calibration": serialized[:99]})
    }
    for key, kind in list(KINDS.items())[1:]:
        inputs[key] = artifact(kind, tmp_path / key)
    inputs["transform_graph"].uri = known.transform._transform_output_dir
    shutil.copytree(known.saved, tmp_path / "fitted" / "Format-Serving")
    extra = tmp_path / "fitted" / "Format-Serving" / "assets.extra"
    extra.mkdir()
    (extra / "columns.json").write_text("{}")
    places = np.arange(0, 200, 2)
    labels = np.array([known.rows[place][LABEL] for place in places])
    scores = np.where(labels, 0.8, 0.3)[:, None] + np.linspace(-0.25, 0.15, 100)[:, None]
    held_out.write(HeldOut(scores, labels, np.arange(100), "validation rows"), places, str(tmp_path / "model_run"))

    def decided(**settings):
        from components.decision import Decision

        node = Decision(
            **{key: channel(kind) for key, kind in KINDS.items()},
            features=known.spec.to_json(),
            settings=json.dumps({**SETTINGS, **settings}),
            code="x",
        )
        model = artifact("Model", tmp_path / "model")
        execute(node, inputs, {"model": model}, tmp_path, [])
        return model, tmp_path / "model" / "Format-Serving"

    return decided


def test_model_has_the_decision_of_the_held_out_rows_and_the_files_of_the_model(decide, fitted):
    import tensorflow as tf

    model, folder = decide()
    assert {"saved_model.pb", "assets.extra/columns.json", Document.FILE} <= files_of(folder)
    document = Document.read(folder)
    assert (document.calibration.rows, document.calibration.fitted) == (100, True)
    assert model.get_float_custom_property("threshold") == document.policy.threshold
    assert model.get_float_custom_property("coverage") == 0.8
    # Every other row, by its position in the files of the split.
    counted = [row["paid"] for row in fitted("binary").rows[::2]]
    assert {each.value: each.rows for each in document.coverage.slices} == {
        value: counted.count(value) for value in set(counted) - {None} if counted.count(value) >= 20
    }
    signature = tf.saved_model.load(str(folder)).signatures["serve_tf_examples"]
    found = signature(examples=tf.constant([example(row) for row in fitted("binary").rows]))
    np.testing.assert_array_equal(found["decision"], found["probability"] >= np.float32(document.policy.threshold))


def test_split_of_its_own_decides_with_the_predictions_of_the_model(decide):
    _, folder = decide(split="calibration", by=None)
    document = Document.read(folder)
    assert document.calibration.model_dump() == {
        "rows": 99,
        "source": "rows of the split calibration, which decided nothing else",
        "fitted": False,
    }


def test_split_that_the_rows_do_not_have_is_refused(decide):
    with pytest.raises(NodeError, match="decision.split: expected one of .*calibration.*, received 'other'; name"):
        decide(split="other")
