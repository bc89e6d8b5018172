"""Fits a network: one graph runs a complete epoch, so that no step returns to Python.

Keras' own `fit` calls Python at every step, which for the small networks of tables takes longer than the step.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from modules.families.deadline import Deadline
from modules.families.neural.keras3 import keras
from penstock.core.documents.training import Curves

import tensorflow as tf  # isort: skip  (after Keras 3)

WEIGHT_DECAY = 1e-4
PATIENCE = 5
# Rows that are scored at a time when a loss is computed.
MEASURED_ROWS = 16_384
# Steps between two looks at the clock.
STEPS_AT_A_TIME = 64

Rows = tuple[Mapping[str, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Plan:
    """How to fit.

    Attributes:
        epochs: The maximum number of epochs.
        batch_size: Rows per step.
        learning_rate: The first learning rate, which falls along a cosine.
        seed: The seed of the order of rows.
        patience: Early stopping: fitting ends this many epochs after the best one.
        deadline: The latest time to end.
        stop_after: The number of epochs after which to end, without early stopping; None for early stopping.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    seed: int
    patience: int = PATIENCE
    deadline: Deadline = Deadline()
    stop_after: int | None = None


class _Cosine(keras.optimizers.schedules.LearningRateSchedule):
    """A rate that falls along a cosine to zero, over a number of steps that may be lowered while fitting.

    Method: Loshchilov, Hutter: SGDR: Stochastic Gradient Descent with Warm Restarts, ICLR 2017; without restarts.
    """

    def __init__(self, rate: float, steps: int) -> None:
        self.rate, self.steps = rate, tf.Variable(float(steps))

    def __call__(self, step: Any) -> Any:
        share = tf.minimum(keras.ops.cast(step, "float32") / self.steps, 1.0)
        return self.rate * 0.5 * (1.0 + tf.cos(math.pi * share))


def fit(network: Any, train: Rows, validation: Rows, *, loss: Any, plan: Plan) -> list[dict[str, float]]:
    """Fit the network in place, with early stopping at the epoch of the least validation loss.

    If the plan has a deadline, the number of epochs is estimated from the first two, and an epoch ends at the deadline
    even if it is not complete. Optimizer: AdamW (Loshchilov, Hutter: Decoupled Weight
    Decay Regularization, ICLR 2019).

    Args:
        network: A Keras model of a dict of matrices [rows, columns].
        train: Matrices and labels of the training rows.
        validation: Matrices and labels of the validation rows.
        loss: A Keras loss that averages over rows.
        plan: Epochs, batch size, learning rate, seed and deadline.

    Returns:
        `epoch`, `loss` and `val_loss` of each epoch.
    """
    rows = len(train[1])
    schedule = _Cosine(plan.learning_rate, -(-rows // plan.batch_size) * plan.epochs)
    epoch, measure = _epoch(network, train, loss, plan, schedule), _measure(network, validation, loss)
    rng = np.random.default_rng(plan.seed)
    curves: list[dict[str, float]] = []
    best, weights = np.inf, network.get_weights()
    epochs, deadline = plan.epochs, plan.deadline
    for number in range(plan.epochs):
        started = deadline.now()
        training_loss = _run_epoch(epoch, rng.permutation(rows), -(-rows // plan.batch_size), deadline)
        validation_loss = float(measure())
        curves.append({"epoch": number, "loss": training_loss, "val_loss": validation_loss})
        if plan.stop_after is not None:
            if number + 1 >= plan.stop_after or deadline.left() <= 0:
                return curves
            continue
        if validation_loss < best:
            best, weights = validation_loss, network.get_weights()
        elif number - _best(curves) >= plan.patience:
            break
        left = deadline.left()
        if math.isfinite(left) and number < 2:
            # The graphs are traced in the first epoch. The second is the better estimate, often of more epochs.
            epochs = min(plan.epochs, number + 1 + max(0, int(left / deadline.since(started))))
            schedule.steps.assign(float(-(-rows // plan.batch_size) * epochs))
        if number + 1 >= epochs or left <= 0:
            break
    network.set_weights(weights)
    return curves


def cut(curves: list[dict[str, float]], plan: Plan) -> str:
    """Return the epochs that were fitted, in words, if the deadline ended them; empty otherwise."""
    stopped_early = len(curves) - 1 - _best(curves) >= plan.patience
    if math.isinf(plan.deadline.at) or stopped_early or len(curves) == plan.epochs:
        return ""
    return f"{len(curves)} of at most {plan.epochs} passes"


def report(curves: list[dict[str, float]], plan: Plan) -> dict[str, Any]:
    """Return what the deadline ended, and the epochs that the learning rate was planned for in the end."""
    words = cut(curves, plan)
    return {"cut": words, "epochs": len(curves) if words else plan.epochs}


def weighted(loss: Any, weights: np.ndarray) -> Any:
    """Return a loss with the weight of each row's class."""

    def by_class(labels: Any, scores: Any) -> Any:
        return loss(labels, scores, sample_weight=keras.ops.take(weights, keras.ops.cast(labels, "int32")))

    return by_class


def weighted_rows(loss: Any, *, classes: bool) -> Any:
    """Return a loss of labels [batch, 2]: the label, then the weight of the row, 1 on average.

    Args:
        loss: A loss that takes weights.
        classes: Whether a label is the number of a class.
    """

    def by_row(labels: Any, scores: Any) -> Any:
        truth = keras.ops.cast(labels[:, :1], "int32") if classes else labels[:, :1]
        return loss(truth, scores, sample_weight=labels[:, 1])

    return by_row


def with_weights(labels: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the labels of `weighted_rows`, float32 [rows, 2]."""
    return np.stack([labels, weights / weights.mean()], axis=1).astype(np.float32)


def write_curves(curves: list[dict[str, float]], file: str) -> None:
    """Write the curves as CSV, a line per epoch."""
    with tf.io.gfile.GFile(file, "w") as stream:
        stream.write(Curves.model_validate({"epochs": curves}).text())


def _best(curves: list[dict[str, float]]) -> float:
    return min(curves, key=lambda curve: curve["val_loss"])["epoch"]


def _run_epoch(epoch: Callable[..., tf.Tensor], order: np.ndarray, steps: int, deadline: Deadline) -> float:
    """Run the steps of an epoch until the deadline, at least the first ones; return their mean loss."""
    positions, total, done = tf.constant(order), 0.0, 0
    # A graph cannot read the clock of the deadline, so that it is read between groups of steps.
    while done < steps and (done == 0 or deadline.left() > 0):
        end = min(done + STEPS_AT_A_TIME, steps)
        total += float(epoch(positions, tf.constant(done, tf.int64), tf.constant(end, tf.int64)))
        done = end
    return total / done


def _epoch(network: Any, train: Rows, loss: Any, plan: Plan, schedule: _Cosine) -> Callable[..., tf.Tensor]:
    """Return a graph that runs some steps of an epoch, in a given order of the rows, and sums their losses."""
    matrices, labels = _on_device(train)
    size = plan.batch_size
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=WEIGHT_DECAY)
    weights = network.trainable_variables
    optimizer.build(weights)

    def step(number: tf.Tensor, total: tf.Tensor, order: tf.Tensor) -> tuple[tf.Tensor, ...]:
        positions = order[number * size : (number + 1) * size]
        with tf.GradientTape() as tape:
            scores = network({name: tf.gather(matrix, positions) for name, matrix in matrices.items()}, training=True)
            value = loss(tf.gather(labels, positions), scores)
        optimizer.apply(tape.gradient(value, [weight.value for weight in weights]), weights)
        return number + 1, total + value, order

    def run(order: tf.Tensor, first: tf.Tensor, end: tf.Tensor) -> tf.Tensor:
        start = (first, tf.constant(0.0), order)
        return tf.while_loop(lambda number, *_: number < end, step, start, parallel_iterations=1)[1]

    return _graph(run)


def _measure(network: Any, validation: Rows, loss: Any) -> Callable[[], tf.Tensor]:
    """Return a graph that computes the mean loss over all rows, in batches."""
    matrices, labels = _on_device(validation)
    rows = len(validation[1])

    def part(start: tf.Tensor, total: tf.Tensor) -> tuple[tf.Tensor, ...]:
        end = tf.minimum(start + MEASURED_ROWS, rows)
        scores = network({name: matrix[start:end] for name, matrix in matrices.items()}, training=False)
        return end, total + loss(labels[start:end], scores) * tf.cast(end - start, tf.float32)

    def run() -> tf.Tensor:
        _, total = tf.while_loop(lambda start, _: start < rows, part, (0, 0.0), parallel_iterations=1)
        return total / rows

    return _graph(run)


def _on_device(rows: Rows) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
    matrices, labels = rows
    columns = tf.constant(labels if labels.ndim == 2 else labels[:, None])
    return {name: tf.convert_to_tensor(matrix) for name, matrix in matrices.items()}, columns


def _graph(function: Callable[..., tf.Tensor]) -> Callable[..., tf.Tensor]:
    # There is no Python control flow to convert, and AutoGraph takes longer than an epoch.
    graph: Callable[..., tf.Tensor] = tf.function(function, autograph=False)
    return graph
