"""The `run_fn` of Trainer on a small table: rows read, parts, constants, what is exported."""

import csv
import functools
import json

import numpy as np
import pytest

from tests.modules.conftest import LABEL, ROWS, example

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def training():
    from modules import training

    return training


@pytest.fixture(scope="module")
def network(fitted):
    """Return the function that gives the network of a task, and what was loaded of it: the signatures need that."""
    import tensorflow as tf

    return functools.cache(lambda task: (fitted(task), tf.saved_model.load(fitted(task).saved)))


def predictions(folder, rows):
    import tensorflow as tf

    model = tf.saved_model.load(str(folder / "serving"))
    serialized = tf.constant([example(row) for row in rows])
    return model.signatures["serve_tf_examples"](examples=serialized)["probability"].numpy()


def test_run_gives_model_and_curves_and_the_same_for_the_same_seed(training, fitted, arguments, tmp_path):
    known = fitted("binary")
    scores = []
    for name, seed in (("one", 1), ("two", 1)):
        training.run_fn(arguments(tmp_path / name, seed=seed))
        scores.append(predictions(tmp_path / name, known.rows[:20]))
    with open(tmp_path / "one" / "run" / "curves.csv", newline="") as file:
        curves = list(csv.DictReader(file))
    assert [row["epoch"] for row in curves] == ["0", "1"]
    np.testing.assert_array_equal(scores[0], scores[1])


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
@pytest.mark.parametrize("family", ["trees", "linear"])
def test_other_families_are_exported_with_the_same_signatures(network, arguments, tmp_path, family, task):
    import tensorflow as tf

    from modules import training
    from modules.decision import held_out
    from modules.families.rows import VALIDATION_SHARE

    known, loaded = network(task)
    given = arguments(tmp_path, task=task, family=family, rounds=None, leaves=None, learning_rate=None)
    given.custom_config["held_out"] = True
    training.run_fn(given)
    saved, neural = tf.saved_model.load(str(tmp_path / "serving")).signatures, loaded.signatures
    assert set(saved) == set(neural)
    compared = {"linear"} if family == "trees" else set()
    assert set(saved["evaluation"].structured_outputs) == {"model", "constant"} | compared
    for name in set(saved) - {"evaluation"}:
        assert saved[name].structured_outputs == neural[name].structured_outputs
    examples = tf.constant([example(row) for row in known.rows])
    scores = saved["evaluation"](examples=examples)["model"].numpy()
    assert scores.shape[0] == ROWS
    assert not (tmp_path / "run" / "leaderboard.json").exists()
    settings = json.loads((tmp_path / "run" / "settings.json").read_text())
    # The linear model for comparison was not cut short by its time.
    assert settings.get("linear", {"cut": ""})["cut"] == ""
    assert ("linear" in settings) is (family == "trees")
    rows = held_out.read(str(tmp_path / "run"))
    assert len(set(rows.places)) == round(ROWS * VALIDATION_SHARE)
    np.testing.assert_allclose(rows.scores, scores[rows.places], rtol=1e-5, atol=1e-6)
    if task != "multiclass":
        assert rows.labels.tolist() == [known.rows[place][LABEL] for place in rows.places]


def test_leaderboard_of_auto_is_written_with_the_curves(training, fitted, arguments, tmp_path, monkeypatch):
    from modules.decision.held_out import read
    from modules.families.auto import search

    # Without a network and with one race it ends long before a limit that leaves a busy machine its time.
    monkeypatch.setattr(search, "FAMILIES", ("linear", "trees"))
    monkeypatch.setattr(search, "MAX_RACES", 1)
    monkeypatch.setattr(search, "FAMILY_RATIO", 100.0)
    known = fitted("binary")
    given = arguments(tmp_path, family="auto", time_limit=300.0, learning_rate=None)
    given.custom_config["held_out"] = True
    training.run_fn(given)
    board = json.loads((tmp_path / "run" / "leaderboard.json").read_text())
    assert {"linear", "trees"} <= {model["family"] for model in board["models"]}
    saved = sum(file.stat().st_size for file in (tmp_path / "serving").rglob("*") if file.is_file())
    assert board["megabytes"] == pytest.approx(saved / 1e6, rel=0.25)
    assert (tmp_path / "run" / "curves.csv").exists()
    labels = [row[LABEL] for row in known.rows[:100]]
    scores = predictions(tmp_path, known.rows[:100])
    assert np.mean((scores > 0.5) == labels) > 0.9
    held_out = read(str(tmp_path / "run"))
    # The models of the folds saw every row, so that their own predictions are closer to the labels.
    assert sorted(held_out.places) == list(range(ROWS))
    truth = np.array([row[LABEL] for row in known.rows])
    assert held_out.labels.tolist() == truth[held_out.places].tolist()
    assert (
        np.abs(held_out.scores[:, 0] - held_out.labels).mean()
        > np.abs(predictions(tmp_path, known.rows) - truth).mean()
    )


def test_labels_decide_the_constant_that_is_exported(fitted):
    labels = [row[LABEL] for row in fitted("binary").rows]
    assert fitted("binary").constant.tolist() == [pytest.approx(sum(labels) / len(labels))]
