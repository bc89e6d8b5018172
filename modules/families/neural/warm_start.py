"""Weights of an earlier network to start from: kept beside each model, and found again by the names of its layers.

Weights that belong to a value of a column move with it: a vocabulary is ordered by frequency, which other rows change,
and it may have new values, whose weights are drawn as in any first fit.
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
# Indices of a category before those of its values: the one for missing.
_BEFORE = 1


@dataclass(frozen=True)
class Meaning:
    """What the places in the weights stand for.

    Attributes:
        columns: The transformed columns.
        categories: The values of each categorical column, in the order of the columns.
        classes: The classes of a multiclass label.
    """

    columns: Columns
    categories: Sequence[list[str]]
    classes: list[str]

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data; of the columns the names by kind."""
        kinds = {**self.columns.kinds, "vectors": self.columns.vectors}
        return {"columns": kinds, "categories": list(self.categories), "classes": self.classes}


def keep(network: Any, meaning: Meaning, model: str) -> None:
    """Write the weights of a network beside the model that it is in.

    Args:
        network: A Keras model.
        meaning: What the places in its weights stand for.
        model: The folder of the SavedModel.
    """
    arrays = {name: variable.numpy() for name, variable in _named(network).items()}
    held = io.BytesIO()
    np.savez(held, **arrays, **{_ABOUT: np.array(json.dumps(meaning.as_dict()))})
    with tf.io.gfile.GFile(_file(model), "wb") as stream:
        stream.write(held.getvalue())


def find(model: str, meaning: Meaning) -> dict[str, np.ndarray]:
    """Return the weights of an earlier model by name, for places that mean this; NaN where they knew no such value.

    There are none where the model has no weights beside it, or has other columns or classes.

    Args:
        model: The folder of the earlier SavedModel.
        meaning: What the places are to stand for.
    """
    if not tf.io.gfile.exists(_file(model)):
        return {}
    with tf.io.gfile.GFile(_file(model), "rb") as stream:
        arrays = dict(np.load(io.BytesIO(stream.read()), allow_pickle=False))
    about, wanted = json.loads(str(arrays.pop(_ABOUT))), meaning.as_dict()
    if about["columns"] != wanted["columns"] or set(about["classes"]) != set(wanted["classes"]):
        return {}
    for place, (old, new) in enumerate(zip(about["categories"], wanted["categories"], strict=True)):
        name = f"embedding_{place}/embeddings"
        if len(arrays.get(name, ())) == _BEFORE + len(old) + OUT_OF_VOCABULARY_BUCKETS:
            arrays[name] = _moved(arrays[name], old, new, before=_BEFORE, after=OUT_OF_VOCABULARY_BUCKETS)
    if wanted["classes"]:
        for name in ("head/kernel", "head/bias"):
            arrays[name] = _moved(arrays[name].T, about["classes"], wanted["classes"]).T
    return arrays


def begin(network: Any, weights: Mapping[str, np.ndarray]) -> bool:
    """Put weights that were found into a network, and say so; one of another shape is left as it is."""
    named = _named(network)
    if {name: tuple(variable.shape) for name, variable in named.items()} != {n: w.shape for n, w in weights.items()}:
        return False
    for name, variable in named.items():
        given = weights[name]
        variable.assign(np.where(np.isnan(given), variable.numpy(), given))
    return True


def _moved(
    weights: np.ndarray, old: Sequence[str], new: Sequence[str], *, before: int = 0, after: int = 0
) -> np.ndarray:
    """Return the rows of `old` values in the places of `new` ones; NaN for a value that is not among the old."""
    places = {value: before + place for place, value in enumerate(old)}
    taken = np.array([places.get(value, -1) for value in new], int)
    inner = np.where((taken < 0).reshape(-1, *[1] * (weights.ndim - 1)), np.nan, weights[taken])
    return np.concatenate([weights[:before], inner, weights[len(weights) - after :]]).astype(weights.dtype)


def _named(network: Any) -> dict[str, Any]:
    return {f"{layer.name}/{weight.name}": weight for layer in network.layers for weight in layer.weights}


def _file(model: str) -> str:
    # Beside the SavedModel and not in it: it is of no use to a server.
    return os.path.join(os.path.dirname(model), WEIGHTS_FILE)
