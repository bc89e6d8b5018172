"""Columns with unusual names: transformed, fitted by each family, saved, loaded and called."""

import keyword

import numpy as np
import pytest

from penstock.core.features import Feature, FeatureSpec, served_names
from tests.modules.conftest import analyzed, example

pytestmark = pytest.mark.e2e

LABEL = "the label"
NAMES = [
    *("self", "Self", "cls", "args", "kwargs", "arg_self", "name", "inputs", "training", "mask", "captured_inputs"),
    *("structured_input_signature", "examples", "columns", "numbers", "vector_0", "head", "signatures", "default"),
    *(*keyword.kwlist, *keyword.softkwlist),
    *("1st", "_x", "__", "", " ", "%", "a/b", "a%2Fb", "a:b", "...", "$", "^", "{}", "%s", "label ", "<a>", "a,b", "-"),
    *("Fare", "fare", "FARE", "a b", "a.b", "a_b", "au0020b", "A_B", "arg_class", "arg_1st", "a_xf", "a_xf_missing"),
    *(
        "größe",
        "gr__e",
        "東京",
        "年龄",
        "😀",
        "é",
        "e\u0301",
        "x" * 2000,
        "line\nbreak",
        "tab\t",
        "q'uo\"te",
        "back\\slash",
    ),
]
SETTINGS = {
    "seed": 1,
    "epochs": 1,
    "batch_size": 16,
    "learning_rate": 0.01,
    "rounds": 3,
    "leaves": None,
    "class_weights": None,
}


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Return the rows, the transform, what a family is given, and the spec."""
    import tensorflow as tf

    from modules.families import rows as prepared

    folder, draw = tmp_path_factory.mktemp("names"), np.random.default_rng(1)
    numbers, texts = NAMES[::2], NAMES[1::2]
    features = [*(Feature(name, "numeric") for name in numbers), *(Feature(name, "categorical") for name in texts)]
    spec = FeatureSpec(LABEL, "binary", tuple(features))
    raw = {name: tf.io.VarLenFeature(tf.float32 if name in numbers else tf.string) for name in NAMES}
    raw[LABEL] = tf.io.VarLenFeature(tf.int64)
    rows = [
        {name: float(draw.normal()) if name in numbers else str(draw.choice(["x", "y"])) for name in NAMES}
        | {LABEL: int(draw.integers(2))}
        for _ in range(60)
    ]
    _, transform = analyzed(rows, spec, raw, folder)
    with tf.io.TFRecordWriter(str(folder / "rows.gz"), options="GZIP") as writer:
        for row in rows:
            writer.write(example(row))
    ready = prepared.prepare([str(folder / "rows.gz")], transform, spec, seed=1)
    return rows, transform, ready, spec


@pytest.mark.parametrize("family", ["linear", "trees", "neural"])
def test_column_with_any_name_is_served_and_read(table, tmp_path, family):
    import tensorflow as tf

    from modules import signatures, training
    from penstock.serving.model.casting import match_columns
    from penstock.serving.model.scorer import document_of_signature, load
    from penstock.serving.model.versions import ModelVersion

    rows, transform, ready, spec = table
    model = training.family_fit(family)(ready.problem, SETTINGS).model
    served = signatures.ServedModel(model, transform, spec, constant=ready.constant, classes=[])
    signatures.save(served, str(tmp_path))
    loaded = tf.saved_model.load(str(tmp_path))
    serve, names = loaded.signatures["serving_default"], served_names(NAMES)
    assert set(serve.structured_input_signature[1]) == set(names.values())
    # `penstock predict` finds the column of each input in a file that has them in another order.
    mixed = sorted(NAMES)
    found = match_columns(
        document_of_signature(load(ModelVersion(tmp_path, 1))), mixed, table="rows.csv", reader="version 1"
    )
    assert {each.input.input: each.column for each in found} == {names[name]: name for name in NAMES}
    columns = {names[name]: tf.constant([row[name] for row in rows]) for name in NAMES}
    by_name = np.asarray(serve(**columns)["probability"])
    examples = tf.constant([example(row) for row in rows])
    np.testing.assert_allclose(
        by_name, loaded.signatures["serve_tf_examples"](examples=examples)["probability"], atol=1e-6
    )
    # Each input is that of its own column: exchanged columns give other scores.
    assert len(np.unique(by_name)) > 10
