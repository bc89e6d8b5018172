"""The family `neural`: a Keras 3 network over embedded categories and piecewise-linear encoded numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from modules.features import Task
from modules.keras3 import keras

BINS = 24
HIDDEN = (192, 96)
DROPOUT = 0.15
WEIGHT_DECAY = 1e-4


@dataclass(frozen=True)
class Columns:
    """The transformed columns by kind, with the number of indices of each category.

    Attributes:
        numbers: Scaled float32 columns.
        flags: float32 columns of zeros and ones.
        categories: int64 columns, with the number of indices that each may hold.
    """

    numbers: list[str]
    flags: list[str]
    categories: dict[str, int]

    @property
    def names(self) -> list[str]:
        """All of the columns."""
        return [*self.numbers, *self.flags, *self.categories]


@keras.saving.register_keras_serializable("penstock")
class PiecewiseLinear(keras.layers.Layer):
    """Piecewise-linear encoding of numbers between the quantiles of the training rows.

    A value becomes one number per bin: 1 for each bin below it, 0 for each above, and in its own bin how far it has come.
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


def embedding_width(indices: int) -> int:
    """Return the width of the embedding of a category with so many indices."""
    return int(min(32, max(2, round(1.6 * indices**0.4))))


def build(columns: Columns, train: Mapping[str, np.ndarray], task: Task, classes: int) -> keras.Model:
    """Return a network over the columns, uncompiled.

    Args:
        columns: The transformed columns that the network takes, each an Input of its name.
        train: The transformed training rows; numbers are binned by them.
        task: Decides the head: a probability, one per class, or a number.
        classes: The number of classes of a multiclass label.
    """
    inputs = {
        name: keras.Input((), name=name, dtype="int64" if name in columns.categories else "float32")
        for name in columns.names
    }
    parts = [
        # The layers name themselves: a column's name may hold what TensorFlow allows in no scope.
        keras.layers.Embedding(size, embedding_width(size))(inputs[name])
        for name, size in columns.categories.items()
    ]
    if columns.numbers:
        numbers = keras.ops.stack([inputs[name] for name in columns.numbers], axis=1)
        edges = [quantile_edges(train[name]) for name in columns.numbers]
        parts += [PiecewiseLinear(edges, name="piecewise_linear")(numbers), numbers]
    if columns.flags:
        parts.append(keras.ops.stack([inputs[name] for name in columns.flags], axis=1))
    hidden = keras.layers.Concatenate(name="features")(parts) if len(parts) > 1 else parts[0]
    for width in HIDDEN:
        hidden = keras.layers.Dense(width, activation="relu")(hidden)
        hidden = keras.layers.Dropout(DROPOUT)(hidden)
    units, activation = {"binary": (1, "sigmoid"), "multiclass": (classes, "softmax"), "regression": (1, None)}[task]
    return keras.Model(inputs, keras.layers.Dense(units, activation=activation, name="head")(hidden))


def fit(
    model: keras.Model,
    train: tuple[Mapping[str, np.ndarray], np.ndarray],
    validation: tuple[Mapping[str, np.ndarray], np.ndarray],
    *,
    task: Task,
    settings: Mapping[str, Any],
    curves: str,
) -> None:
    """Fit the model in place, keeping the weights of the epoch with the least validation loss.

    Args:
        model: The network of `build`.
        train: Columns and labels to fit to.
        validation: Columns and labels that decide when to stop; disjoint from `train`.
        task: Decides the loss.
        settings: `epochs`, `batch_size` and `learning_rate` of the configuration.
        curves: The CSV file that takes the training curves, a row per epoch.
    """
    rows, batch = len(train[1]), settings["batch_size"]
    steps = max(1, -(-rows // batch)) * settings["epochs"]
    schedule = keras.optimizers.schedules.CosineDecay(settings["learning_rate"], steps)
    loss = {"binary": "binary_crossentropy", "multiclass": "sparse_categorical_crossentropy", "regression": "mse"}[task]
    # Compiling by XLA takes longer than a table's epochs do.
    model.compile(keras.optimizers.AdamW(schedule, weight_decay=WEIGHT_DECAY), loss, jit_compile=False)
    model.fit(
        *train,
        validation_data=validation,
        epochs=settings["epochs"],
        batch_size=batch,
        verbose=0,
        callbacks=[
            keras.callbacks.EarlyStopping("val_loss", patience=5, restore_best_weights=True),
            keras.callbacks.CSVLogger(curves),
        ],
    )
