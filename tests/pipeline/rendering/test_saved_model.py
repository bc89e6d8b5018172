import sys
from pathlib import Path

import pytest

from pipeline.rendering.saved_model import Signature, signatures


def test_signatures_are_read_without_tensorflow(written):
    found = signatures(Path(written("Model").uri, "Format-Serving", "saved_model.pb"))
    assert [(one.name, len(one.inputs), one.outputs) for one in found] == [("serving_default", 4, ("probability",))]


@pytest.mark.e2e
def test_signatures_are_those_that_tensorflow_writes(tmp_path):
    import tensorflow as tf

    module = tf.Module()
    double = tf.function(lambda x: {"y": 2 * x}, input_signature=[tf.TensorSpec([None], tf.float32, "x")])
    tf.saved_model.save(module, str(tmp_path), signatures={"serving_default": double})
    assert signatures(tmp_path / "saved_model.pb") == [Signature("serving_default", ("x",), ("y",))]
    assert "tensorflow" in sys.modules
