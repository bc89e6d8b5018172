"""A Keras model in a SavedModel: with TensorFlow's own variables.

A SavedModel of a Keras 3 model has two variables for each of the model's. Loading by a session, as TensorFlow Serving
loads, restores the one that no signature reads: "Could not find variable". TensorFlow's own `saved_model.load` restores
both. So the model itself is not part of the SavedModel, but its variables are.
"""

import sys
from typing import Any

import tensorflow as tf


class KerasModel(tf.Module):
    """A Keras model as a module of TensorFlow."""

    def __init__(self, model: Any) -> None:
        """Take the model."""
        super().__init__()
        self._variables = [variable.value for variable in model.variables]
        # A function is not part of what is saved.
        self._call = lambda rows: model(rows)

    def __call__(self, rows: dict[str, tf.Tensor]) -> tf.Tensor:
        """Return what the model returns."""
        return self._call(rows)


def exportable(model: Any) -> Any:
    """Return a model that can be part of a SavedModel: a Keras model as a module, any other as it is."""
    keras = sys.modules.get("keras")  # without it there is no model of it
    return KerasModel(model) if keras is not None and isinstance(model, keras.Model) else model
