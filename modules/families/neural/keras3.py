"""Keras 3 on TensorFlow, imported in this one place and before TensorFlow Transform.

TensorFlow Transform sets `TF_USE_LEGACY_KERAS=1` when it is imported, which turns `tf.keras` into Keras 2 for the whole
process. Code that builds a model imports `keras` from here and does not use `tf.keras`.
"""

import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras

__all__ = ["keras"]
