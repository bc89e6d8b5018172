"""A SavedModel whose signatures return what they are given, one for each data type, and odd outputs."""

from pathlib import Path

import tensorflow as tf

TYPES = ("float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint32", "uint64", "bool", "string")


def write_echo(folder: Path) -> Path:
    v1 = tf.compat.v1
    define = v1.saved_model.signature_def_utils.predict_signature_def
    with tf.Graph().as_default(), v1.Session() as session:

        def echo(dtype, shape=None, name="x"):
            x = v1.placeholder(dtype, shape)
            return define({name: x}, {"y": tf.identity(x)})

        signatures = {name: echo(tf.dtypes.as_dtype(name)) for name in TYPES}
        signatures["half"] = echo(tf.float16)
        signatures["serving_default"] = echo(tf.float32, [None])
        signatures["matrix"] = echo(tf.float32, [None, 2])
        text = v1.placeholder(tf.string, None)
        signatures["bytes"] = define({"s": text}, {"raw_bytes": tf.identity(text)})
        signatures["texts"] = define({"s": text}, {"s_bytes": tf.identity(text), "s": tf.identity(text)})
        a, b = v1.placeholder(tf.float32, None), v1.placeholder(tf.int64, None)
        signatures["pair"] = define({"a": a, "b": b}, {"a": tf.identity(a), "b": tf.identity(b)})
        signatures["cut"] = define({"a": a, "b": b}, {"a": a[:3], "b": b[:2]})
        signatures["size"] = define({"x": a}, {"y": tf.size(a)})
        signatures["to_half"] = define({"x": a}, {"y": tf.cast(a, tf.float16)})
        builder = v1.saved_model.Builder(str(folder))
        builder.add_meta_graph_and_variables(session, [tf.saved_model.SERVING], signatures)
        builder.save()
    return folder
