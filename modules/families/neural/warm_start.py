"""Warm start: the weights of a network are written next to its model, and loaded by the names of the layers.

The weights of a value in a vocabulary follow the value: a vocabulary is ordered by frequency, which changes with the
rows. The weights of a new value are initialized at random, as without a warm start.
"""

import io
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from modules.families.problem import Columns
from penstock.core.features import OUT_OF_VOCABULARY_BUCKETS

WEIGHTS_FILE = "weights.npz"
# The name of the layer of a model that is the network.
NETWORK = "network"
_ABOUT = "about"
# The number of indices before those of the values of a category: one, for missing.
_BEFORE = 1


@dataclass(frozen=True)
class WeightLayout:
    """The columns, values and classes that the rows of the weights belong to.

    Attributes:
        columns: The transformed columns.
        categories: The values of each categorical column, in the order of the columns.
        classes: The classes of a multiclass label.
    """

    columns: Columns
    categories: Sequence[list[str]]
    classes: list[str]

    def as_dict(self) -> dict[str, Any]:
        """Return the layout as plain data; columns are given as names by kind."""
        kinds = {**self.columns.kinds, "vectors": self.columns.vectors}
        return {"columns": kinds, "categories": list(self.categories), "classes": self.classes}


def save_weights(network: Any, layout: WeightLayout, model: str) -> None:
    """Write the weights of a network next to its model.

    Args:
        network: A Keras model.
        layout: The layout of its weights.
        model: The folder of the SavedModel.
    """
    arrays = {name: variable.numpy() for name, variable in _named(network).items()}
    buffer = io.BytesIO()
    np.savez(buffer, **arrays, **{_ABOUT: np.array(json.dumps(layout.as_dict()))})
    with tf.io.gfile.GFile(_file(model), "wb") as stream:
        stream.write(buffer.getvalue())


def load_weights(model: str, layout: WeightLayout) -> dict[str, np.ndarray]:
    """Return the weights of an earlier model by name, in a new layout; NaN for new values.

    Empty if the model has no file of weights, or other columns or classes.

    Args:
        model: The folder of the earlier SavedModel.
        layout: The new layout.
    """
    if not tf.io.gfile.exists(_file(model)):
        return {}
    with tf.io.gfile.GFile(_file(model), "rb") as stream:
        arrays = dict(np.load(io.BytesIO(stream.read()), allow_pickle=False))
    earlier, current = json.loads(str(arrays.pop(_ABOUT))), layout.as_dict()
    if earlier["columns"] != current["columns"] or set(earlier["classes"]) != set(current["classes"]):
        return {}
    for place, (old, new) in enumerate(zip(earlier["categories"], current["categories"], strict=True)):
        name = f"embedding_{place}/embeddings"
        if len(arrays.get(name, ())) == _BEFORE + len(old) + OUT_OF_VOCABULARY_BUCKETS:
            arrays[name] = _reordered(arrays[name], old, new, before=_BEFORE, after=OUT_OF_VOCABULARY_BUCKETS)
    if current["classes"]:
        for name in ("head/kernel", "head/bias"):
            arrays[name] = _reordered(arrays[name].T, earlier["classes"], current["classes"]).T
    return arrays


def set_weights(network: Any, weights: Mapping[str, np.ndarray]) -> bool:
    """Set loaded weights in a network and return whether that was possible; a network of another shape is unchanged."""
    named = _named(network)
    if {name: tuple(variable.shape) for name, variable in named.items()} != {n: w.shape for n, w in weights.items()}:
        return False
    for name, variable in named.items():
        loaded = weights[name]
        variable.assign(np.where(np.isnan(loaded), variable.numpy(), loaded))
    return True


def _reordered(
    weights: np.ndarray, old: Sequence[str], new: Sequence[str], *, before: int = 0, after: int = 0
) -> np.ndarray:
    """Return the rows of the `old` values in the order of the `new` ones; NaN for a value that is not among the old."""
    places = {value: before + place for place, value in enumerate(old)}
    positions = np.array([places.get(value, -1) for value in new], int)
    inner = np.where((positions < 0).reshape(-1, *[1] * (weights.ndim - 1)), np.nan, weights[positions])
    return np.concatenate([weights[:before], inner, weights[len(weights) - after :]]).astype(weights.dtype)


def _named(network: Any) -> dict[str, Any]:
    return {f"{layer.name}/{weight.name}": weight for layer in network.layers for weight in layer.weights}


def _file(model: str) -> str:
    # Next to the SavedModel and not in it, because a server does not need it.
    return os.path.join(os.path.dirname(model), WEIGHTS_FILE)
