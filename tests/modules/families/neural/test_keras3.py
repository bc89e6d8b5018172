"""Keras 3 on TensorFlow, whatever TensorFlow Transform does to the process."""

import subprocess
import sys

import pytest

from tests.pipeline.cli.command import PROJECT

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("before", ["pass", "import tensorflow_transform, tensorflow as tf; tf.keras.Model"])
def test_keras_is_the_third_on_tensorflow_whatever_was_imported_before(before):
    program = f"""
{before}
from modules.families.neural.keras3 import keras
print(keras.__version__.split(".")[0], keras.backend.backend(), keras.Model.__module__.split(".")[0])
"""
    result = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True)
    assert result.stdout == "3 tensorflow keras\n", result.stderr
