"""Small SavedModels for the tests of the server; the answers of a version show its number."""

from pathlib import Path

import tensorflow as tf

FEATURES = {
    "x": tf.io.FixedLenFeature([], tf.float32, default_value=0.0),
    "n": tf.io.FixedLenFeature([], tf.int64, default_value=0),
    "s": tf.io.FixedLenFeature([], tf.string, default_value=""),
}


class Mixed(tf.Module):
    """Floats, whole numbers and text, one value per row; `score` is x + n / 2 + bias."""

    def __init__(self, bias: float) -> None:
        super().__init__()
        self.bias = tf.Variable(bias)
        keys, values = tf.constant(["a", "b"]), tf.constant([1, 2], tf.int64)
        self.table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(keys, values), -1)

    @tf.function(
        input_signature=[
            tf.TensorSpec([None], tf.float32, "x"),
            tf.TensorSpec([None], tf.int64, "n"),
            tf.TensorSpec([None], tf.string, "s"),
        ]
    )
    def serve(self, x, n, s):
        return {
            "score": x + tf.cast(n, tf.float32) / 2 + self.bias,
            "count": n + self.table.lookup(s),
            "text": tf.strings.join([s, "!"]),
        }

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "examples")])
    def serve_examples(self, examples):
        parsed = tf.io.parse_example(examples, FEATURES)
        return self.serve(parsed["x"], parsed["n"], parsed["s"])

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, "x")])
    def half(self, x):
        return {"y": x / 2 + self.bias}

    @tf.function(input_signature=[tf.TensorSpec([None, 3], tf.float32, "x")])
    def total(self, x):
        return {"y": tf.reduce_sum(x, axis=1) + self.bias}

    @tf.function(input_signature=[tf.TensorSpec(None, tf.float32, "x")])
    def any_shape(self, x):
        return {"y": x + self.bias, "size": tf.size(x)}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, "x")])
    def positive(self, x):
        with tf.control_dependencies([tf.debugging.Assert(tf.reduce_all(x > 0), ["x must be positive"])]):
            return {"y": tf.identity(x)}


def write_mixed(folder: Path, bias: float = 0.0) -> Path:
    """Write a SavedModel with the signatures of `Mixed`."""
    model = Mixed(bias)
    signatures = {
        "serving_default": model.serve,
        "serve_tf_examples": model.serve_examples,
        "half": model.half,
        "total": model.total,
        "any_shape": model.any_shape,
        "positive": model.positive,
    }
    tf.saved_model.save(model, str(folder), signatures)
    return folder


def write_estimator(folder: Path, bias: float = 0.0) -> Path:
    """Write a SavedModel as Estimators exported them: it classifies by default, and has `regress` and `predict`."""
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        examples = v1.placeholder(tf.string, [None], "examples")
        parsed = tf.io.parse_example(examples, FEATURES)
        offset = v1.get_variable("bias", initializer=tf.constant(bias))
        value = tf.sigmoid(parsed["x"] + offset)
        scores = tf.stack([1 - value, value], axis=1)
        classes = tf.tile(tf.constant([["no", "yes"]]), [tf.shape(examples)[0], 1])
        utils = v1.saved_model.signature_def_utils
        signatures = {
            "serving_default": utils.classification_signature_def(examples, classes, scores),
            "regress": utils.regression_signature_def(examples, value),
            "predict": utils.predict_signature_def({"examples": examples}, {"value": value, "again": value}),
        }
        session.run(v1.global_variables_initializer())
        builder = v1.saved_model.Builder(str(folder))
        builder.add_meta_graph_and_variables(session, [tf.saved_model.SERVING], signatures)
        builder.save()
    return folder


def write_keras(folder: Path) -> Path:
    """Write a SavedModel of a Keras 3 model whose variables no session restores; `y` is the sum of x, plus 1."""
    import keras

    model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(1, "linear", True, "ones", "ones")])
    module = tf.Module()
    module.model = model
    module.serve = tf.function(
        lambda x: {"y": model(x)[:, 0]}, input_signature=[tf.TensorSpec([None, 3], tf.float32, "x")]
    )
    tf.saved_model.save(module, str(folder), {"serving_default": module.serve})
    return folder
