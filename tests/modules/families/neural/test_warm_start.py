"""Warm start: weights are written and loaded by name, follow their values, and are refused for other columns."""

import csv
import functools
import json

import numpy as np
import pytest

from modules.families.problem import Columns

pytestmark = pytest.mark.slow

OLD, NEW = ["card", "cash", "app"], ["cash", "cheque", "card", "app"]


@pytest.fixture(scope="module")
def warm_start():
    from modules.families.neural import warm_start

    return warm_start


def layout(warm_start, values=OLD, classes=(), numbers=("miles_xf",)):
    size = 1 + len(values) + warm_start.OUT_OF_VOCABULARY_BUCKETS
    return warm_start.WeightLayout(Columns(list(numbers), [], {"paid_xf": size}), [list(values)], list(classes))


def network(known, seed=1):
    from modules.families.neural import network as neural
    from modules.families.neural.keras3 import keras

    keras.utils.set_random_seed(seed)
    rows = {name: np.linspace(0, 1, 9, dtype=np.float32) for name in known.columns.numbers}
    task = "multiclass" if known.classes else "binary"
    return neural.build(known.columns, rows, task, len(known.classes)).get_layer(neural.NETWORK)


def weights(network):
    return {f"{layer.name}/{weight.name}": weight.numpy() for layer in network.layers for weight in layer.weights}


def saved(warm_start, folder, known):
    before = network(known)
    warm_start.save_weights(before, known, str(folder / "Format-Serving"))
    return weights(before)


def test_loaded_weights_equal_the_written_ones(warm_start, tmp_path):
    known = layout(warm_start, classes=["a", "b", "c"])
    before, after = saved(warm_start, tmp_path, known), network(known, seed=2)
    assert not np.allclose(weights(after)["head/kernel"], before["head/kernel"])
    assert warm_start.set_weights(after, warm_start.load_weights(str(tmp_path / "Format-Serving"), known))
    for name, values in weights(after).items():
        np.testing.assert_array_equal(values, before[name])


def test_rows_of_an_embedding_move_with_their_values_and_new_values_start_at_random(warm_start, tmp_path):
    known = layout(warm_start, NEW)
    before, after = saved(warm_start, tmp_path, layout(warm_start)), network(known, seed=2)
    initial = weights(after)["embedding_0/embeddings"]
    old = before["embedding_0/embeddings"]
    assert old.shape[1] == initial.shape[1]
    assert warm_start.set_weights(after, warm_start.load_weights(str(tmp_path / "Format-Serving"), known))
    moved = weights(after)["embedding_0/embeddings"]
    # missing, cash, cheque, card, app, then the buckets
    expected = [old[0], old[2], initial[2], old[1], old[3], *old[4:]]
    np.testing.assert_array_equal(moved, np.stack(expected))
    np.testing.assert_array_equal(weights(after)["hidden_0/kernel"], before["hidden_0/kernel"])


def test_units_of_the_head_move_with_their_classes(warm_start, tmp_path):
    before = saved(warm_start, tmp_path, layout(warm_start, classes=["a", "b", "c"]))
    found = warm_start.load_weights(str(tmp_path / "Format-Serving"), layout(warm_start, classes=["c", "a", "b"]))
    for name in ("head/kernel", "head/bias"):
        np.testing.assert_array_equal(found[name], before[name][..., [2, 0, 1]])


@pytest.mark.parametrize(
    "other",
    [{"numbers": ["hours_xf"]}, {"numbers": ["miles_xf", "hours_xf"]}, {"classes": ["a", "b"]}],
    ids=["name", "number", "classes"],
)
def test_weights_of_other_columns_or_classes_are_none(warm_start, tmp_path, other):
    saved(warm_start, tmp_path, layout(warm_start, classes=["a", "b", "c"]))
    wanted = layout(warm_start, **{"classes": ["a", "b", "c"], **other})
    assert warm_start.load_weights(str(tmp_path / "Format-Serving"), wanted) == {}


def test_model_without_a_file_of_weights_has_none(warm_start, tmp_path):
    assert warm_start.load_weights(str(tmp_path / "Format-Serving"), layout(warm_start)) == {}


def test_network_of_another_shape_is_not_changed(warm_start, tmp_path):
    wide = layout(warm_start, [str(number) for number in range(500)])
    saved(warm_start, tmp_path, layout(warm_start))
    after = network(wide)
    before = weights(after)
    assert not warm_start.set_weights(after, warm_start.load_weights(str(tmp_path / "Format-Serving"), wide))
    for name, values in weights(after).items():
        np.testing.assert_array_equal(values, before[name])


def first_loss(folder):
    with open(folder / "run" / "curves.csv", newline="") as file:
        # The training loss: the validation loss of a small table does not fall monotonically.
        return float(next(csv.DictReader(file))["loss"])


@pytest.fixture(scope="module")
def cold_of(arguments, tmp_path_factory):
    """Return the function that gives a fit of a task from random weights, with what Trainer was given."""
    from modules import training

    @functools.cache
    def fitted(task):
        folder = tmp_path_factory.mktemp(f"cold_{task}")
        given = arguments(folder, task, warm_start=True, epochs=8)
        training.run_fn(given)
        return folder, given.serving_model_dir

    return fitted


def start(folder):
    return json.loads((folder / "run" / "settings.json").read_text())["start"]


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_second_fit_continues_from_the_weights_of_the_first(arguments, cold_of, tmp_path, task):
    from modules import training

    cold, model = cold_of(task)
    warm = arguments(tmp_path, task, warm_start=True, epochs=8)
    warm.base_model = model
    training.run_fn(warm)
    assert start(cold) == "from random weights: there is no blessed model yet"
    assert start(tmp_path) == "from the weights of the last blessed model"
    assert first_loss(tmp_path) < first_loss(cold)


def test_fit_reports_random_weights_if_its_layers_differ(arguments, cold_of, tmp_path):
    from modules import training

    warm = arguments(tmp_path, warm_start=True)
    warm.base_model, warm.hyperparameters = cold_of("binary")[1], {"values": {"width": 48}}
    training.run_fn(warm)
    assert (
        start(tmp_path)
        == "from random weights: the last blessed model has no weights for these columns, classes and layers"
    )
