"""The family `neural`: a Keras 3 network over embedded categories and piecewise-linear encoded numbers."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from modules.families.deadline import Deadline
from modules.families.neural import fitting, units, warm_start
from modules.families.neural.keras3 import keras
from modules.families.neural.search_space import ACTIVATIONS, EMBEDDING_SCALES, MAX_DROPOUT, MAX_LAYERS, WIDTHS
from modules.families.problem import Columns, Fitted, Problem, class_weights, given_weights, weights_of
from penstock.core.features import Task

BINS = 16
HIDDEN = (192, 96)
DROPOUT = 0.15
SMALLEST_BATCH, LARGEST_BATCH, MIN_STEPS = 256, 4096, 64
LEARNING_RATE = 0.002
# The rows that a network of this size is trained on, counting each epoch.
ENOUGH_ROWS, MIN_EPOCHS, MAX_EPOCHS = 600_000, 3, 40
# Below FEW_ROWS the steps are smaller and the epochs more, so that a small table gets a similar number of steps.
FEW_ROWS, FEW_STEPS, TINY_BATCH, TINY_EPOCHS = 10_000, 32, 16, 200
# Early stopping waits for 1 / PATIENCE_SHARE of the epochs, if that is more than the default.
PATIENCE_SHARE = 8
# A vector of more numbers than the first is projected to the second.
WIDEST_VECTOR, PROJECTED = 128, 64
NETWORK = warm_start.NETWORK


@dataclass(frozen=True)
class Shape:
    """The hyperparameters of a network.

    Attributes:
        hidden: The widths of the hidden layers.
        dropout: The dropout rate.
        activation: The activation of the hidden layers, `relu` or `gelu` (Hendrycks, Gimpel: Gaussian Error Linear
            Units, 2016).
        embedding_scale: A factor for the width of embeddings.
    """

    hidden: tuple[int, ...] = HIDDEN
    dropout: float = DROPOUT
    activation: str = ACTIVATIONS[0]
    embedding_scale: float = 1.0


@keras.saving.register_keras_serializable("penstock")
class PiecewiseLinear(keras.layers.Layer):
    """Piecewise-linear encoding of numbers between the quantiles of the training rows.

    A value becomes one number per bin: 1 for each bin below it, 0 for each above, and its relative position in its bin.
    Method: Gorishniy, Rubachev, Babenko: On Embeddings for Numerical Features in Tabular Deep Learning, NeurIPS 2022.

    Input [batch, columns], output [batch, columns * bins].
    """

    def __init__(self, edges: list[list[float]], **kwargs: Any) -> None:
        """Take the rising edges of the bins of each column."""
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
        """Return the arguments of the constructor."""
        return {**super().get_config(), "edges": self.edges}


def quantile_edges(values: np.ndarray) -> list[float]:
    """Return BINS + 1 rising edges at the quantiles of `values`."""
    edges = np.quantile(values.astype(np.float64), np.linspace(0, 1, BINS + 1))
    return [float(edge) for edge in np.atleast_1d(edges)]


def embedding_width(indices: int, scale: float = 1.0) -> int:
    """Return the width of the embedding of a category with this many indices."""
    return int(min(32, max(2, round(scale * 1.6 * indices**0.4))))


def build(  # noqa: PLR0913 what the layers depend on
    columns: Columns,
    train: Mapping[str, np.ndarray],
    task: Task,
    classes: int,
    shape: Shape | None = None,
    *,
    ordinal: bool = False,
) -> keras.Model:
    """Return a network over the columns, uncompiled.

    It contains the layer NETWORK, a model over one matrix per kind of column: fitting that one avoids stacking
    dozens of columns at each step.

    Args:
        columns: The transformed columns, each an Input of its name.
        train: The transformed training rows, for the bins of numbers.
        task: The task, which decides the head: a probability, one per class, or a number.
        classes: The number of classes of a multiclass label.
        shape: The hyperparameters.
        ordinal: Whether the numbers of the classes are ranks: one score, then a cumulative logit.
    """
    # Made after the hidden layers: a layer draws the seed of its weights when it is made.
    head = _ordinal_head(classes) if ordinal else _head(task, classes)
    network = _network(columns, train, head, shape or Shape())
    inputs = {
        name: keras.Input(
            (columns.vectors[name],) if name in columns.vectors else (),
            name=name,
            dtype="int64" if name in columns.categories else "float32",
        )
        for name in columns.names
    }
    return keras.Model(inputs, network(columns.matrices(inputs, keras.ops.stack)))


def _head(task: Task, classes: int) -> Callable[[Any], Any]:
    """Return what makes the last layer: a probability, one per class, or a number."""
    size, activation = {"binary": (1, "sigmoid"), "multiclass": (classes, "softmax"), "regression": (1, None)}[task]
    return lambda hidden: keras.layers.Dense(size, activation=activation, name="head")(hidden)


def _ordinal_head(classes: int) -> Callable[[Any], Any]:
    """Return what makes the last layers of ordinal classes: a score, then the probability of each class."""

    def head(hidden: Any) -> Any:
        score = keras.layers.Dense(1, use_bias=False, name="head")(hidden)
        return units.CumulativeLogit(classes, name="classes")(score)

    return head


def _network(
    columns: Columns, train: Mapping[str, np.ndarray], head: Callable[[Any], Any], shape: Shape
) -> keras.Model:
    inputs = {
        kind: keras.Input((len(names),), name=kind, dtype="int64" if kind == "categories" else "float32")
        for kind, names in columns.kinds.items()
    }
    for place, width in enumerate(columns.vectors.values()):
        inputs[f"vector_{place}"] = keras.Input((width,), name=f"vector_{place}")
    parts = []
    for position, size in enumerate(columns.categories.values()):
        # Not named after its column, because TensorFlow does not allow every name as a scope.
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
        hidden = keras.layers.Dense(width, activation=shape.activation, name=f"hidden_{position}")(hidden)
        hidden = keras.layers.Dropout(shape.dropout)(hidden)
    return keras.Model(inputs, head(hidden), name=NETWORK)


def _vector(vector: Any, place: int, width: int) -> Any:
    return keras.layers.Dense(PROJECTED, name=f"projection_{place}")(vector) if width > WIDEST_VECTOR else vector


def fit(problem: Problem, settings: Mapping[str, Any]) -> Fitted:
    """Return a network with the weights of the epoch with the least validation loss.

    Args:
        problem: Columns, task and rows.
        settings: `seed`, `epochs`, `batch_size` and `learning_rate` of the configuration; with `class_weights`
            `balanced` every class has the same weight; the tuned hyperparameters; `start`, the weights of a warm
            start, `deadline`, a Deadline, and `stop_after`, a number of epochs, if there are any.
    """
    columns = problem.columns
    shape = shape_of(settings)
    model = build(columns, problem.train[0], problem.task, problem.classes, shape, ordinal=problem.ordinal)
    start = settings.get("start")
    plan = plan_of(settings, len(problem.train[1]))
    report: dict[str, Any] = {}
    if start is not None:
        report["warm_start"] = warm_start.set_weights(model.get_layer(NETWORK), start)
    # The label of a regression is scaled, so that the fit does not depend on its unit.
    unit = units.unit_of(problem)
    loss = units.loss_in(unit, problem)
    parts = [problem.train, problem.validation]
    targets = [(labels - unit.middle) / unit.spread if problem.task == "regression" else labels for _, labels in parts]
    weights = [weights_of(rows, problem.task, settings.get("class_weights")) for rows in parts]
    if given_weights(problem.train) is not None:
        loss = fitting.weighted_rows(loss, classes=problem.task == "multiclass")
        pairs = zip(targets, weights, strict=True)
        targets = [fitting.with_weights(target, own) for target, own in pairs if own is not None]
    elif weights[0] is not None:
        loss = fitting.weighted(loss, class_weights(problem.train[1], problem.classes or 2))
    if problem.task == "regression":
        targets = [target.astype(np.float32) for target in targets]
    matrices = [columns.matrices(rows, keras.ops.stack) for rows, _ in parts]
    fitted_rows = zip(matrices, targets, strict=True)
    curves = fitting.fit(model.get_layer(NETWORK), *fitted_rows, loss=loss, plan=plan)
    report |= fitting.report(curves, plan)
    if problem.task == "regression":
        model = keras.Model(model.input, units.restored(unit, model.output))
        curves = [{**each, **{name: each[name] * unit.of_loss for name in ("loss", "val_loss")}} for each in curves]
    return Fitted(model, curves, report)


def count_weights(model: Any) -> tuple[int, int]:
    """Return the number of weights of a fitted network, and how many of them are in embeddings."""
    layers = model.get_layer(NETWORK).layers
    embedded = sum(layer.count_params() for layer in layers if isinstance(layer, keras.layers.Embedding))
    return int(model.count_params()), int(embedded)


def shape_of(settings: Mapping[str, Any]) -> Shape:
    """Return the tuned hyperparameters: each hidden layer is half as wide as the one before it."""
    default = Shape()
    width, layers = settings.get("width", HIDDEN[0]), settings.get("layers", len(HIDDEN))
    hidden = tuple(max(1, width >> position) for position in range(layers))
    scale = settings.get("embedding_scale", default.embedding_scale)
    dropout, activation = (settings.get(name, getattr(default, name)) for name in ("dropout", "activation"))
    return Shape(hidden, dropout, activation, scale)


def search_space(columns: Columns, plan: fitting.Plan, settings: Mapping[str, Any]) -> Any:
    """Return the hyperparameters to search, as KerasTuner's HyperParameters; a configured one is not searched.

    Args:
        columns: The transformed columns.
        plan: The plan without tuning.
        settings: The configured settings.
    """
    from keras_tuner import HyperParameters

    space, default = HyperParameters(), Shape()
    space.Choice("width", [48, *WIDTHS], default=HIDDEN[0])
    space.Int("layers", 1, MAX_LAYERS, default=len(HIDDEN))
    space.Float("dropout", 0.0, MAX_DROPOUT, step=0.05, default=default.dropout)
    if columns.categories:
        space.Float("embedding_scale", *EMBEDDING_SCALES, sampling="log", default=default.embedding_scale)
    if settings["learning_rate"] is None:
        rate = plan.learning_rate
        space.Float("learning_rate", rate / 4, rate * 4, sampling="log", default=rate)
    return space


def plan_of(settings: Mapping[str, Any], rows: int) -> fitting.Plan:
    """Return the plan for a number of training rows, which decides what is not configured.

    The learning rate grows with the square root of the batch size (Krizhevsky: One Weird Trick for Parallelizing
    Convolutional Neural Networks, 2014).
    """
    size = settings["batch_size"] or batch_size(rows)
    rate = settings["learning_rate"] or LEARNING_RATE * math.sqrt(size / SMALLEST_BATCH)
    epochs = settings["epochs"] or max_epochs(rows)
    patience = max(fitting.PATIENCE, epochs // PATIENCE_SHARE)
    limits = settings.get("deadline", Deadline()), settings.get("stop_after")
    return fitting.Plan(epochs, size, rate, settings["seed"], patience, *limits)


def max_epochs(rows: int) -> int:
    """Return the maximum number of epochs, which falls with the number of rows."""
    if rows < FEW_ROWS:
        steps = -(-rows // batch_size(rows))
        return int(np.clip(MAX_EPOCHS * FEW_STEPS // steps, MAX_EPOCHS, TINY_EPOCHS))
    return int(np.clip(-(-ENOUGH_ROWS // rows), MIN_EPOCHS, MAX_EPOCHS))


def batch_size(rows: int) -> int:
    """Return the rows per step: a power of two, so that an epoch of a large table takes some hundred steps."""
    if rows < FEW_ROWS:
        return int(np.clip(2 ** int(math.log2(max(rows / FEW_STEPS, 1))), TINY_BATCH, SMALLEST_BATCH))
    return int(np.clip(2 ** int(math.log2(max(rows / MIN_STEPS, 1))), SMALLEST_BATCH, LARGEST_BATCH))
