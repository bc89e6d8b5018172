"""The family `neural`: a Keras 3 network over embedded categories and piecewise-linear encoded numbers."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from modules.families.deadline import Deadline
from modules.families.neural import fitting, warm_start
from modules.families.neural.keras3 import keras
from modules.families.neural.search_space import EMBEDDING_SCALES, MOST_DROPOUT, MOST_LAYERS, WIDTHS
from modules.families.problem import Columns, Fitted, Problem, class_weights
from penstock.core.features import Task

BINS = 16
HIDDEN = (192, 96)
DROPOUT = 0.15
SMALLEST_BATCH, LARGEST_BATCH, FEWEST_STEPS = 256, 4096, 64
LEARNING_RATE = 0.002
# So many rows, some of them seen again, are what a network of this size needs to learn from.
ENOUGH_ROWS, FEWEST_EPOCHS, MOST_EPOCHS = 600_000, 3, 40
# Below so many rows steps are smaller and passes more, so that a small table is fitted in as many steps as this one.
FEW_ROWS, FEW_STEPS, TINY_BATCH, TINY_EPOCHS = 10_000, 32, 16, 200
# Fitting ends after this share of the passes without a better one, if that is more than usual.
PATIENCE_SHARE = 8
# A longer vector is first brought to so many numbers.
WIDEST_VECTOR, PROJECTED = 128, 64
NETWORK = warm_start.NETWORK


@dataclass(frozen=True)
class Shape:
    """What a network is made of beside its columns.

    Attributes:
        hidden: The widths of the hidden layers.
        dropout: The share of each that is left out at a step.
        embedding_scale: By how much embeddings are wider than the number of their values would have them.
    """

    hidden: tuple[int, ...] = HIDDEN
    dropout: float = DROPOUT
    embedding_scale: float = 1.0


@keras.saving.register_keras_serializable("penstock")
class PiecewiseLinear(keras.layers.Layer):
    """Piecewise-linear encoding of numbers between the quantiles of the training rows.

    A value becomes one number per bin: 1 for each bin below it, 0 for each above, and how far it has come in its own.
    Method: Gorishniy, Rubachev, Babenko: On Embeddings for Numerical Features in Tabular Deep Learning, NeurIPS 2022.

    Input [batch, columns], output [batch, columns * bins].
    """

    def __init__(self, edges: list[list[float]], **kwargs: Any) -> None:
        """Take the bins' edges: per column, one more than bins, rising."""
        super().__init__(**kwargs)
        self.edges = edges
        table = np.asarray(edges, np.float32)
        self._low = table[:, :-1]
        self._width = np.maximum(table[:, 1:] - table[:, :-1], 1e-6)

    def call(self, inputs: Any) -> Any:
        """Encode a batch."""
        shares = keras.ops.clip((inputs[:, :, None] - self._low) / self._width, 0.0, 1.0)
        return keras.ops.reshape(shares, (-1, self._low.size))

    def get_config(self) -> dict[str, Any]:
        """Return what the constructor takes."""
        return {**super().get_config(), "edges": self.edges}


def quantile_edges(values: np.ndarray) -> list[float]:
    """Return BINS + 1 rising edges at the quantiles of `values`; equal neighbours are spread by a hair."""
    edges = np.quantile(values.astype(np.float64), np.linspace(0, 1, BINS + 1))
    return [float(edge) for edge in np.atleast_1d(edges)]


def embedding_width(indices: int, scale: float = 1.0) -> int:
    """Return the width of the embedding of a category with so many indices."""
    return int(min(32, max(2, round(scale * 1.6 * indices**0.4))))


def build(
    columns: Columns, train: Mapping[str, np.ndarray], task: Task, classes: int, shape: Shape | None = None
) -> keras.Model:
    """Return a network over the columns, uncompiled.

    Inside it sits the network proper, over one matrix per kind of column: fitting that one spares a step of training
    the stacking of dozens of columns.

    Args:
        columns: The transformed columns that the network takes, each an Input of its name.
        train: The transformed training rows; numbers are binned by them.
        task: Decides the head: a probability, one per class, or a number.
        classes: The number of classes of a multiclass label.
        shape: What else the network is made of.
    """
    network = _network(columns, train, task, classes, shape or Shape())
    inputs = {
        name: keras.Input(
            (columns.vectors[name],) if name in columns.vectors else (),
            name=name,
            dtype="int64" if name in columns.categories else "float32",
        )
        for name in columns.names
    }
    return keras.Model(inputs, network(columns.matrices(inputs, keras.ops.stack)))


def _network(columns: Columns, train: Mapping[str, np.ndarray], task: Task, classes: int, shape: Shape) -> keras.Model:
    inputs = {
        kind: keras.Input((len(names),), name=kind, dtype="int64" if kind == "categories" else "float32")
        for kind, names in columns.kinds.items()
    }
    for place, width in enumerate(columns.vectors.values()):
        inputs[f"vector_{place}"] = keras.Input((width,), name=f"vector_{place}")
    parts = []
    for position, size in enumerate(columns.categories.values()):
        # Not named after its column, whose name may hold what TensorFlow allows in no scope.
        width = embedding_width(size, shape.embedding_scale)
        embedding = keras.layers.Embedding(size, width, name=f"embedding_{position}")
        parts.append(embedding(inputs["categories"][:, position]))
    if columns.numbers:
        edges = [quantile_edges(train[name]) for name in columns.numbers]
        parts += [PiecewiseLinear(edges, name="piecewise_linear")(inputs["numbers"]), inputs["numbers"]]
    if columns.flags:
        parts.append(inputs["flags"])
    parts += [_vector(inputs[f"vector_{place}"], place, width) for place, width in enumerate(columns.vectors.values())]
    hidden = keras.layers.Concatenate(name="features")(parts) if len(parts) > 1 else parts[0]
    for position, width in enumerate(shape.hidden):
        hidden = keras.layers.Dense(width, activation="relu", name=f"hidden_{position}")(hidden)
        hidden = keras.layers.Dropout(shape.dropout)(hidden)
    units, activation = {"binary": (1, "sigmoid"), "multiclass": (classes, "softmax"), "regression": (1, None)}[task]
    return keras.Model(inputs, keras.layers.Dense(units, activation=activation, name="head")(hidden), name=NETWORK)


def _vector(vector: Any, place: int, width: int) -> Any:
    return keras.layers.Dense(PROJECTED, name=f"projection_{place}")(vector) if width > WIDEST_VECTOR else vector


def fit(problem: Problem, settings: Mapping[str, Any]) -> Fitted:
    """Return a network that has the weights of the pass with the least validation loss.

    Args:
        problem: Columns, task and rows.
        settings: `seed`, `epochs`, `batch_size` and `learning_rate` of the configuration; where `class_weights` is
            `balanced`, each class of a label weighs the same; what was tuned; `start`, weights to start from, where
            there are any; and `deadline`, a Deadline, where there is one.
    """
    columns = problem.columns
    model = build(columns, problem.train[0], problem.task, problem.classes, shape_of(settings))
    start = settings.get("start")
    report: dict[str, Any] = {} if start is None else {"warm_start": warm_start.begin(model.get_layer(NETWORK), start)}
    losses = {
        "binary": keras.losses.BinaryCrossentropy,
        "multiclass": keras.losses.SparseCategoricalCrossentropy,
        "regression": keras.losses.MeanSquaredError,
    }
    loss = losses[problem.task]()
    if settings.get("class_weights") == "balanced" and problem.task != "regression":
        loss = fitting.weighed(loss, class_weights(problem.train[1], problem.classes or 2))
    matrices = [
        (columns.matrices(rows, keras.ops.stack), labels) for rows, labels in (problem.train, problem.validation)
    ]
    plan = plan_of(settings, len(problem.train[1]))
    if problem.task != "regression":
        curves = fitting.fit(model.get_layer(NETWORK), *matrices, loss=loss, plan=plan)
        return Fitted(model, curves, {**report, "cut": fitting.cut(curves, plan)})
    # Numbers near one are fitted, whatever the label is measured in.
    middle, spread = scale_of(problem.train[1])
    scaled = [(rows, ((labels - middle) / spread).astype(np.float32)) for rows, labels in matrices]
    curves = fitting.fit(model.get_layer(NETWORK), *scaled, loss=loss, plan=plan)
    report["cut"] = fitting.cut(curves, plan)
    model = keras.Model(model.input, keras.layers.Rescaling(spread, middle)(model.output))
    curves = [{**each, **{name: each[name] * spread**2 for name in ("loss", "val_loss")}} for each in curves]
    return Fitted(model, curves, report)


def shape_of(settings: Mapping[str, Any]) -> Shape:
    """Return the shape that was tuned: each hidden layer is half as wide as the one before it."""
    usual = Shape()
    width, layers = settings.get("width", HIDDEN[0]), settings.get("layers", len(HIDDEN))
    hidden = tuple(max(1, width >> position) for position in range(layers))
    scale = settings.get("embedding_scale", usual.embedding_scale)
    return Shape(hidden, settings.get("dropout", usual.dropout), scale)


def search_space(columns: Columns, plan: fitting.Plan, settings: Mapping[str, Any]) -> Any:
    """Return the settings to search, as KerasTuner's HyperParameters; what is configured is none of them.

    Args:
        columns: The transformed columns.
        plan: How it is fitted without tuning.
        settings: The configured settings.
    """
    from keras_tuner import HyperParameters

    space, usual = HyperParameters(), Shape()
    space.Choice("width", [48, *WIDTHS], default=HIDDEN[0])
    space.Int("layers", 1, MOST_LAYERS, default=len(HIDDEN))
    space.Float("dropout", 0.0, MOST_DROPOUT, step=0.05, default=usual.dropout)
    if columns.categories:
        space.Float("embedding_scale", *EMBEDDING_SCALES, sampling="log", default=usual.embedding_scale)
    if settings["learning_rate"] is None:
        rate = plan.learning_rate
        space.Float("learning_rate", rate / 4, rate * 4, sampling="log", default=rate)
    return space


def scale_of(labels: np.ndarray) -> tuple[float, float]:
    """Return the mean of the labels and their standard deviation, 1 where all are the same."""
    exact = labels.astype(np.float64)
    spread = float(exact.std())
    return float(exact.mean()), spread if spread > 0 else 1.0


def plan_of(settings: Mapping[str, Any], rows: int) -> fitting.Plan:
    """Return how to fit to so many rows: what is not configured goes by their number.

    With larger steps the learning rate grows by their square root (Krizhevsky: One Weird Trick for Parallelizing
    Convolutional Neural Networks, 2014).
    """
    size = settings["batch_size"] or batch_size(rows)
    rate = settings["learning_rate"] or LEARNING_RATE * math.sqrt(size / SMALLEST_BATCH)
    passes = settings["epochs"] or most_epochs(rows)
    patience = max(fitting.PATIENCE, passes // PATIENCE_SHARE)
    return fitting.Plan(passes, size, rate, settings["seed"], patience, settings.get("deadline", Deadline()))


def most_epochs(rows: int) -> int:
    """Return the most passes over so many rows: fewer, the more there are."""
    if rows < FEW_ROWS:
        steps = -(-rows // batch_size(rows))
        return int(np.clip(MOST_EPOCHS * FEW_STEPS // steps, MOST_EPOCHS, TINY_EPOCHS))
    return int(np.clip(-(-ENOUGH_ROWS // rows), FEWEST_EPOCHS, MOST_EPOCHS))


def batch_size(rows: int) -> int:
    """Return the rows per step: a power of two, such that a pass over a large table takes some hundred steps."""
    if rows < FEW_ROWS:
        return int(np.clip(2 ** int(math.log2(max(rows / FEW_STEPS, 1))), TINY_BATCH, SMALLEST_BATCH))
    return int(np.clip(2 ** int(math.log2(max(rows / FEWEST_STEPS, 1))), SMALLEST_BATCH, LARGEST_BATCH))
