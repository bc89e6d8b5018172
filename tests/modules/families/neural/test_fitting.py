"""Fitting in one graph: rules that are learnt, the pass that is kept, when it stops, which rows a pass takes."""

import csv
import itertools
from types import SimpleNamespace

import numpy as np
import pytest

from modules.families.deadline import Deadline
from tests.modules.families.clocks import Clock

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def fitting():
    from modules.families.neural import fitting

    return fitting


@pytest.fixture(scope="module")
def keras(fitting):
    return fitting.keras


def rows_of(count, seed=1, columns=2):
    """Return matrices without labels."""
    numbers = np.random.default_rng(seed).normal(size=(count, columns)).astype(np.float32)
    return {"numbers": numbers}


def linear(keras, units=1, activation=None, weights=None, columns=2):
    """Return a network of one layer over `numbers`."""
    inputs = keras.Input((columns,), name="numbers")
    layer = keras.layers.Dense(units, activation=activation, kernel_initializer="zeros")
    network = keras.Model({"numbers": inputs}, layer(inputs))
    if weights:
        network.set_weights([np.asarray(weight, np.float32) for weight in weights])
    return network


def plan(fitting, **changes):
    return fitting.Plan(**{"epochs": 30, "batch_size": 32, "learning_rate": 0.1, "seed": 3, **changes})


def scores(network, rows):
    return np.asarray(network(rows))


def test_regression_finds_the_line_that_the_rows_lie_on(fitting, keras):
    train, validation = rows_of(400), rows_of(100, seed=2)
    labels = [part["numbers"] @ np.float32([2, -1]) + np.float32(0.5) for part in (train, validation)]
    network = linear(keras)
    curves = fitting.fit(
        network,
        (train, labels[0]),
        (validation, labels[1]),
        loss=keras.losses.MeanSquaredError(),
        plan=plan(fitting, epochs=60),
    )
    weights, bias = network.get_weights()
    np.testing.assert_allclose(weights[:, 0], [2, -1], atol=0.02)
    np.testing.assert_allclose(bias, [0.5], atol=0.02)
    assert curves[-1]["val_loss"] < 1e-3 < curves[0]["val_loss"]


def test_multiclass_finds_the_class_of_the_greatest_column(fitting, keras):
    train, validation = rows_of(600, columns=3), rows_of(100, seed=2, columns=3)
    labels = [part["numbers"].argmax(axis=1) for part in (train, validation)]
    network = linear(keras, units=3, activation="softmax", columns=3)
    fitting.fit(
        network,
        (train, labels[0]),
        (validation, labels[1]),
        loss=keras.losses.SparseCategoricalCrossentropy(),
        plan=plan(fitting),
    )
    assert np.mean(scores(network, validation).argmax(axis=1) == labels[1]) > 0.95


# Keras' name of a loss: the network's units and activation, the number of classes of a label, the loss of each row.
LOSSES = {
    "MeanSquaredError": (1, None, 9, lambda labels, scores: (labels - scores[:, 0]) ** 2),
    "BinaryCrossentropy": (
        *(1, "sigmoid", 2),
        lambda labels, scores: -np.log(np.where(labels > 0.5, scores[:, 0], 1 - scores[:, 0])),
    ),
    "SparseCategoricalCrossentropy": (
        *(3, "softmax", 3),
        lambda labels, scores: -np.log(scores[np.arange(len(labels)), labels.astype(int)]),
    ),
}


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("parts", [0.4, 1, 2, 2.3])
def test_validation_loss_is_the_mean_over_all_rows_however_many(fitting, keras, loss, parts):
    units, activation, classes, expected = LOSSES[loss]
    rows = rows_of(int(parts * fitting.MEASURED_ROWS))
    labels = np.random.default_rng(4).integers(0, classes, len(rows["numbers"])).astype(np.float32)
    network = linear(keras, units, activation, [np.linspace(-1, 1, 2 * units).reshape(2, units), np.zeros(units)])
    measured = fitting._measure(network, (rows, labels), getattr(keras.losses, loss)())
    assert float(measured()) == pytest.approx(expected(labels, scores(network, rows)).mean(), rel=1e-5)


def test_weights_of_the_best_pass_are_kept_and_fitting_stops_patience_after_it(fitting, keras):
    # The weight walks from 0 towards 2 while validation wants 1: the loss falls, then rises.
    train, rows = rows_of(320, columns=1), rows_of(64, seed=2, columns=1)
    network = linear(keras, columns=1)
    curves = fitting.fit(
        network,
        (train, 2 * train["numbers"][:, 0]),
        (rows, rows["numbers"][:, 0]),
        loss=keras.losses.MeanSquaredError(),
        plan=plan(fitting, epochs=60, learning_rate=0.02),
    )
    losses = [curve["val_loss"] for curve in curves]
    best = int(np.argmin(losses))
    assert best > 0
    assert len(curves) == best + fitting.PATIENCE + 1 < 60
    assert [curve["epoch"] for curve in curves] == list(range(len(curves)))
    kept = np.mean((scores(network, rows)[:, 0] - rows["numbers"][:, 0]) ** 2)
    assert kept == pytest.approx(losses[best], rel=1e-5)
    assert kept < losses[-1] / 2


def test_fitting_that_gets_better_to_the_end_makes_every_pass_and_keeps_the_last(fitting, keras):
    train, validation = rows_of(320, columns=1), rows_of(64, seed=2, columns=1)
    network = linear(keras, columns=1)
    curves = fitting.fit(
        network,
        (train, 9 * train["numbers"][:, 0]),
        (validation, 9 * validation["numbers"][:, 0]),
        loss=keras.losses.MeanSquaredError(),
        plan=plan(fitting, epochs=8, learning_rate=0.01),
    )
    losses = [curve["val_loss"] for curve in curves]
    assert losses == sorted(losses, reverse=True)
    assert len(losses) == 8
    kept = np.mean((scores(network, validation)[:, 0] - 9 * validation["numbers"][:, 0]) ** 2)
    assert kept == pytest.approx(losses[-1], rel=1e-5)


def test_loss_that_is_no_number_leaves_the_weights_as_they_were(fitting, keras):
    train = {"numbers": np.full((8, 2), np.inf, np.float32)}
    network = linear(keras, weights=[[[0.5], [0.25]], [0.125]])
    before = network.get_weights()
    rows = (train, np.zeros(8, np.float32))
    curves = fitting.fit(network, rows, rows, loss=keras.losses.MeanSquaredError(), plan=plan(fitting))
    assert not np.isfinite(curves[0]["val_loss"])
    assert len(curves) <= fitting.PATIENCE + 1
    for weight, kept in zip(before, network.get_weights(), strict=True):
        np.testing.assert_array_equal(kept, weight)


def counting(keras, rows):
    """Return a network and the variable in which it counts how often it was trained on each row."""
    import tensorflow as tf

    seen = tf.Variable(tf.zeros([rows], tf.int64), trainable=False)

    class Counting(keras.layers.Layer):
        def call(self, inputs, training=False):
            if training:
                number = tf.cast(inputs[:, 0], tf.int64)
                seen.scatter_add(tf.IndexedSlices(tf.ones_like(number), number))
            return inputs

    inputs = keras.Input((1,), name="numbers")
    return keras.Model({"numbers": inputs}, keras.layers.Dense(1)(Counting()(inputs))), seen


@pytest.mark.parametrize(
    ("rows", "size"), [(1, 1), (1, 256), (5, 2), (64, 32), (65, 32), (63, 32), (100, 1), (100, 101)]
)
def test_pass_takes_each_row_once(fitting, keras, rows, size):
    network, seen = counting(keras, rows)
    given = ({"numbers": np.arange(rows, dtype=np.float32)[:, None]}, np.zeros(rows, np.float32))
    loss = keras.losses.MeanSquaredError()
    curves = fitting.fit(network, given, given, loss=loss, plan=plan(fitting, epochs=2, batch_size=size))
    assert len(curves) == 2
    assert seen.numpy().tolist() == [2] * rows


def test_loss_of_a_pass_is_the_mean_of_its_steps(fitting, keras):
    labels = np.arange(10, dtype=np.float32)
    rows = ({"numbers": np.zeros((10, 1), np.float32)}, labels)
    network = linear(keras, columns=1)
    loss = keras.losses.MeanSquaredError()
    # With a step this small the network stays what it was: it answers zero.
    [curve] = fitting.fit(
        network, rows, rows, loss=loss, plan=plan(fitting, epochs=1, batch_size=5, learning_rate=1e-9)
    )
    assert curve["loss"] == pytest.approx(np.mean(labels**2), rel=1e-5)
    assert curve["val_loss"] == pytest.approx(np.mean(labels**2), rel=1e-5)


@pytest.mark.parametrize(("seed", "same"), [(3, True), (4, False)])
def test_weights_hang_on_the_seed_of_the_order_alone(fitting, keras, seed, same):
    rows = rows_of(100)
    labels = rows["numbers"][:, 0] + np.random.default_rng(5).normal(size=100).astype(np.float32)
    found = []
    for each in (3, seed):
        network = linear(keras)
        loss = keras.losses.MeanSquaredError()
        fitting.fit(network, (rows, labels), (rows, labels), loss=loss, plan=plan(fitting, epochs=2, seed=each))
        found.append(np.concatenate([weight.ravel() for weight in network.get_weights()]))
    assert np.array_equal(*found) is same


def test_curves_come_back_as_they_were_written(fitting, tmp_path):
    curves = [{"epoch": number, "loss": 1 / (number + 3), "val_loss": 10.0**-number} for number in range(12)]
    fitting.write_curves(curves, str(tmp_path / "curves.csv"))
    with open(tmp_path / "curves.csv", encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert list(found[0]) == ["epoch", "loss", "val_loss"]
    assert [{name: float(value) for name, value in row.items()} for row in found] == curves


def test_weighed_loss_counts_each_row_by_its_class(fitting, keras):
    labels, scores = np.float32([[0], [1], [1]]), np.float32([[0.5], [0.5], [0.9]])
    loss = fitting.weighted(keras.losses.BinaryCrossentropy(), np.float32([3, 0.5]))
    expected = (3 * np.log(2) + 0.5 * np.log(2) - 0.5 * np.log(0.9)) / 3
    assert float(loss(labels, scores)) == pytest.approx(expected, rel=1e-4)
    classes = fitting.weighted(keras.losses.SparseCategoricalCrossentropy(), np.float32([1, 2, 0]))
    found = float(classes(np.array([[0], [1]]), np.float32([[0.5, 0.25, 0.25], [0.25, 0.5, 0.25]])))
    assert found == pytest.approx(1.5 * np.log(2), rel=1e-4)


def test_fitting_ends_on_time_with_a_rate_that_has_fallen_to_zero(fitting, keras):
    train, validation = rows_of(2000), rows_of(100, seed=2)
    parts = [(rows, rows["numbers"] @ np.float32([2, -1])) for rows in (train, validation)]
    # Each reading of the clock is 10 s after the last.
    limited = Deadline.after(1000, itertools.count(0, 10).__next__)
    endless = plan(fitting, epochs=100_000, learning_rate=0.01, batch_size=20, deadline=limited)
    curves = fitting.fit(linear(keras), *parts, loss=keras.losses.MeanSquaredError(), plan=endless)
    assert 2 <= len(curves) <= 100
    assert curves[-1]["val_loss"] < curves[0]["val_loss"]


@pytest.mark.parametrize(("slow", "passes"), [(1, 20), (2, 5)])
def test_slow_first_pass_does_not_reduce_the_passes_but_a_slow_second_one_does(
    fitting, keras, monkeypatch, slow, passes
):
    rows = rows_of(200)
    part = rows, rows["numbers"] @ np.float32([2, -1])
    clock, ended = SimpleNamespace(now=0.0), itertools.count(1)

    def run(*_):
        # The first passes take 10 s, with the graphs that are traced, and later ones 1 s.
        clock.now += 10.0 if next(ended) <= slow else 1.0
        return 0.0

    monkeypatch.setattr(fitting, "_run_epoch", run)
    given = plan(fitting, epochs=20, patience=20, deadline=Deadline(50.0, lambda: clock.now))
    curves = fitting.fit(linear(keras), part, part, loss=keras.losses.MeanSquaredError(), plan=given)
    assert len(curves) == passes


def test_pass_ends_on_time_half_made(fitting, keras):
    rows = rows_of(2_000_000)  # a whole pass takes minutes
    part = rows, rows["numbers"] @ np.float32([2, -1])
    slow = plan(fitting, epochs=3, batch_size=1, deadline=Deadline.after(3))
    curves = fitting.fit(linear(keras), part, part, loss=keras.losses.MeanSquaredError(), plan=slow)
    assert len(curves) == 1


@pytest.mark.parametrize(("jump", "passes"), [(None, 6), (0, 1), (2, 1), (3, 2), (7, 3), (8, 4)])
def test_passes_end_where_the_clock_has_passed_the_deadline_and_the_best_one_is_kept(fitting, keras, jump, passes):
    train, validation = rows_of(200), rows_of(100, seed=2)
    parts = [(rows, rows["numbers"] @ np.float32([2, -1])) for rows in (train, validation)]
    given = plan(fitting, epochs=6, learning_rate=0.01, batch_size=20, deadline=Deadline(1e6, Clock(jump)))
    network = linear(keras)
    curves = fitting.fit(network, *parts, loss=keras.losses.MeanSquaredError(), plan=given)
    assert len(curves) == passes
    assert fitting.cut(curves, given) == ("" if passes == 6 else f"{passes} of at most 6 passes")
    errors = np.asarray(network(validation))[:, 0] - parts[1][1]
    assert np.mean(errors**2) == pytest.approx(min(curve["val_loss"] for curve in curves), rel=1e-5)


def test_fitting_of_a_number_of_passes_ends_there_and_keeps_the_last_of_them(fitting, keras):
    train = rows_of(200)
    part = train, train["numbers"] @ np.float32([2, -1])
    # The loss gets worse from pass to pass, and fitting would end early.
    given = plan(fitting, epochs=60, learning_rate=2.0, batch_size=20, patience=1, stop_after=9)
    network = linear(keras)
    curves = fitting.fit(network, part, part, loss=keras.losses.MeanSquaredError(), plan=given)
    assert len(curves) == 9
    errors = np.asarray(network(train))[:, 0] - part[1]
    assert np.mean(errors**2) == pytest.approx(curves[-1]["val_loss"], rel=1e-5)


def test_fitting_that_ends_by_itself_is_not_said_to_be_cut_short(fitting):
    curves = [{"epoch": number, "loss": 1.0, "val_loss": 1.0} for number in range(3)]
    limited = plan(fitting, epochs=9, patience=2, deadline=Deadline.after(9))
    assert fitting.cut(curves, limited) == ""
    assert fitting.cut(curves[:2], limited) == "2 of at most 9 passes"
    assert fitting.cut(curves[:2], plan(fitting, epochs=9, patience=2)) == ""
