"""The signatures of a SavedModel, read without TensorFlow."""

import sys

import pytest

from penstock.core.saved_model import Signature, saved_model_message, signatures


def test_signatures_are_read_by_name_without_those_for_loading(tmp_path):
    saved = saved_model_message()()
    signature = saved.graphs.add().signatures.add(key="serving_default")
    for name in ("miles", "fare"):
        signature.value.inputs.add(key=name)
    signature.value.outputs.add(key="probability")
    saved.graphs[0].signatures.add(key="explain")
    saved.graphs[0].signatures.add(key="__saved_model_init_op")
    (tmp_path / "saved_model.pb").write_bytes(saved.SerializeToString())
    assert signatures(tmp_path / "saved_model.pb") == [
        Signature("explain", (), ()),
        Signature("serving_default", ("fare", "miles"), ("probability",)),
    ]


@pytest.mark.slow
def test_signatures_are_those_that_tensorflow_writes(tmp_path):
    import tensorflow as tf

    module = tf.Module()
    double = tf.function(lambda x: {"y": 2 * x}, input_signature=[tf.TensorSpec([None], tf.float32, "x")])
    tf.saved_model.save(module, str(tmp_path), signatures={"serving_default": double})
    assert signatures(tmp_path / "saved_model.pb") == [Signature("serving_default", ("x",), ("y",))]
    assert "tensorflow" in sys.modules
