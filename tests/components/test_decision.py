"""Decision: the model with its decision, from held-out predictions or from a split of its own."""

import dataclasses
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


def decided_model(folder, known, rows, settings, *, held=None):
    """Run the node in a folder, and return the artifact of its model.

    Args:
        folder: The folder.
        known: The fitted model, its transform and its columns.
        rows: The artifact of the examples.
        settings: The settings of the decision.
        held: The held-out predictions, and the position of each row in the split `train`.
    """
    from components.decision import Decision
    from modules.decision import held_out

    inputs = {"examples": rows, **{key: artifact(KINDS[key], folder / key) for key in list(KINDS)[1:]}}
    inputs["transform_graph"].uri = known.transform._transform_output_dir
    (folder / "fitted" / "Format-Serving").symlink_to(known.saved)
    if held is not None:
        held_out.write(*held, str(folder / "model_run"))
    node = Decision(
        **{key: channel(kind) for key, kind in KINDS.items()},
        features=known.spec.to_json(),
        settings=json.dumps(settings),
        code="x",
    )
    decided = artifact("Model", folder / "model")
    execute(node, inputs, {"model": decided}, folder, [])
    return decided


@pytest.fixture
def decide(fitted, tmp_path):
    """Return the function that runs the node on the binary model."""
    import shutil

    from modules.families.problem import HeldOut

    shutil.copytree(fitted("binary").saved, tmp_path / "copy" / "model")
    known = dataclasses.replace(fitted("binary"), folder=tmp_path / "copy")
    extra = tmp_path / "copy" / "model" / "assets.extra"
    extra.mkdir()
    (extra / "columns.json").write_text("{}")
    serialized = [example(row) for row in known.rows]
    rows = examples(tmp_path / "rows", {"train": serialized, "eval": [], "calibration": serialized[:99]})
    places = np.arange(0, 200, 2)
    labels = np.array([known.rows[place][LABEL] for place in places])
    scores = np.where(labels, 0.8, 0.3)[:, None] + np.linspace(-0.25, 0.15, 100)[:, None]
    held = HeldOut(scores, labels, np.arange(100), "validation rows"), places

    def decided(**settings):
        model = decided_model(tmp_path, known, rows, {**SETTINGS, **settings}, held=held)
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


def test_split_of_its_own_decides_by_the_labels_of_classes(fitted, tmp_path):
    import tensorflow as tf

    known = fitted("multiclass")
    serialized = [example(row) for row in known.rows]
    rows = examples(tmp_path / "rows", {"train": [], "calibration": serialized}, files=2)
    settings = {**SETTINGS, "policy": None, "by": None, "split": "calibration"}
    decided_model(tmp_path, known, rows, settings)
    evaluation = known.loaded.signatures["evaluation"]
    scores = evaluation(examples=tf.constant(serialized))["model"].numpy().astype(float)

    def quantile_of(places):
        distances = np.sort(1 - scores[np.arange(200), places])
        # ceil(201 * 0.8); the quantile is greater by what a server may round.
        return distances[161 - 1] + 1e-6

    own = quantile_of([known.classes.index(row[LABEL]) for row in known.rows])
    document = Document.read(tmp_path / "model" / "Format-Serving")
    assert document.coverage.quantile == pytest.approx(own, abs=1e-7)
    assert document.calibration.rows == 200
    # With other classes as the labels it is another one.
    assert all(abs(quantile_of([each] * 200) - own) > 1e-3 for each in range(3))


def test_split_of_its_own_decides_by_the_weights_of_its_rows(fitted, tmp_path):
    import tensorflow as tf

    known = dataclasses.replace(fitted("binary"))
    known.spec = dataclasses.replace(known.spec, weight="weight")
    # The false rows weigh nine times as much.
    weights = np.array([1.0 if row[LABEL] else 9.0 for row in known.rows])
    serialized = [example(row) for row in known.rows]
    weighted = [example({**row, "weight": float(w)}) for row, w in zip(known.rows, weights, strict=True)]
    rows = examples(tmp_path / "rows", {"train": [], "calibration": weighted})
    settings = {**SETTINGS, "value": {"fp": 1, "fn": 4}, "coverage": None, "by": None, "split": "calibration"}
    decided_model(tmp_path, known, rows, settings)
    policy = Document.read(tmp_path / "model" / "Format-Serving").policy
    evaluation = known.loaded.signatures["evaluation"]
    scores = evaluation(examples=tf.constant(serialized))["model"].numpy()[:, 0]
    truth = np.array([row[LABEL] for row in known.rows]) == 1

    def cost(threshold, counted):
        yes = scores >= np.float32(threshold)
        return (counted * (1 * (yes & ~truth) + 4 * (~yes & truth))).sum() / counted.sum()

    thresholds = [0.0, *scores, 2.0]
    assert policy.cost == pytest.approx(cost(policy.threshold, weights))
    assert policy.cost == pytest.approx(min(cost(each, weights) for each in thresholds))
    assert cost(policy.threshold, np.ones(200)) > min(cost(each, np.ones(200)) for each in thresholds)


def test_split_that_the_rows_do_not_have_is_refused(decide):
    with pytest.raises(NodeError, match="decision.split: expected one of .*calibration.*, received 'other'; name"):
        decide(split="other")
