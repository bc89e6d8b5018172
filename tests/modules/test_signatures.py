"""The exported signatures: the same rows get the same scores through each of them and through the offline transform."""

import math
import subprocess
import sys

import numpy as np
import pytest

from penstock.core.features import served_name, transformed_name, transformed_names
from tests.modules.conftest import DENSE, INTEGERS, LABEL, ROLES, TEXT, WIDTHS, example, raw_spec

pytestmark = pytest.mark.slow

TASKS = ("binary", "multiclass", "regression")
OUTPUTS = {"binary": "probability", "multiclass": "probabilities", "regression": "prediction"}


@pytest.fixture(scope="module", params=TASKS)
def known(request, fitted):
    return fitted(request.param)


@pytest.fixture(scope="module")
def offline(known):
    """Strange rows of a task as TensorFlow Transform transforms them."""
    import tensorflow as tf

    serialized = examples_of(strange(known.rows))
    return known.transform.transform_features_layer()(tf.io.parse_example(serialized, raw_spec(known.task)))


def strange(rows):
    """Return rows as they come when a model is served: whole, with each value missing, unseen, far away."""
    whole = next(row for row in rows if None not in row.values())
    optional = [name for name in ROLES if name not in DENSE]
    return [
        *rows[:20],
        *({**whole, name: None} for name in optional),
        {**whole, **dict.fromkeys(optional)},
        {**whole, "paid": "never seen", "zone": 12345, "dichter text/b": "größer"},
        {**whole, "miles": 1e9, "größe a/b": -1e9, "count": 2**40, "at": -(2**40), "hour": 25, "month": 0, "day": -8},
        {**whole, "at": 2**53 - 1, "count": -(2**53) + 1},
        *({**whole, "a story": text} for text in ("…", "RAIN 東京に", "never seen " * 50, "\x1e\x1f\n")),
        {**whole, "pixels": [math.nan, 1e38, -1.0], "levels": [2**40, -(2**40)]},
        {**whole, "pixels": [math.inf, math.nan, -math.inf]},
    ]


def served(rows):
    """Return rows as the signature with raw columns takes them: NaN or empty text where a value is missing."""
    import tensorflow as tf

    columns = {}
    for name in ROLES:
        values = [row[name] for row in rows]
        if name in TEXT:
            columns[served_name(name)] = tf.constant(["" if v is None else v for v in values], tf.string)
        else:
            kind = tf.float64 if name in INTEGERS else tf.float32
            none = [math.nan] * WIDTHS[name] if name in WIDTHS else math.nan
            columns[served_name(name)] = tf.constant(
                [none if v is None else v for v in values], kind, shape(name, rows)
            )
    return columns


def shape(name, rows):
    return [len(rows), WIDTHS[name]] if name in WIDTHS else [len(rows)]


def examples_of(rows):
    import tensorflow as tf

    return tf.constant([example({name: row[name] for name in ROLES}) for row in rows], tf.string)


def test_same_rows_get_the_same_scores_on_every_way(known, offline):
    rows = strange(known.rows)
    signatures, output = known.loaded.signatures, OUTPUTS[known.task]
    serialized = examples_of(rows)
    exported = signatures["transform_features"](examples=serialized)
    scores = {
        "serving_default": signatures["serving_default"](**served(rows))[output],
        "serve_tf_examples": signatures["serve_tf_examples"](examples=serialized)[output],
        "evaluation": signatures["evaluation"](examples=serialized)["model"],
        "exported transform, then model": known.model({name: exported[name] for name in known.columns.names}),
        "offline transform, then model": known.model({name: offline[name] for name in known.columns.names}),
    }
    expected = np.asarray(scores.pop("offline transform, then model")).reshape(len(rows), -1)
    assert np.isfinite(expected).all()
    assert len(np.unique(expected.round(5), axis=0)) > 20
    for way, found in scores.items():
        np.testing.assert_allclose(
            np.asarray(found).reshape(len(rows), -1), expected, rtol=1e-6, atol=1e-6, err_msg=way
        )


def test_exported_transform_equals_the_offline_one(known, offline):
    import tensorflow as tf

    serialized = examples_of(strange(known.rows))
    exported = known.loaded.signatures["transform_features"](examples=serialized)
    kinds = transformed_names(known.spec)
    assert set(exported) == {name for kind in kinds.values() for name in kind}
    for name, values in exported.items():
        assert values.dtype == (tf.int64 if name in kinds["category"] else tf.float32)
        np.testing.assert_array_equal(values, offline[name], err_msg=name)


def test_row_by_row_gives_the_scores_of_the_batch(known):
    serve, output = known.loaded.signatures["serving_default"], OUTPUTS[known.task]
    rows = strange(known.rows)[:6]
    batch = np.asarray(serve(**served(rows))[output])
    single = np.concatenate([np.asarray(serve(**served([row]))[output]) for row in rows])
    np.testing.assert_allclose(single, batch, rtol=1e-6, atol=1e-6)


def test_no_rows_give_no_scores(known):
    units = (3,) if known.task == "multiclass" else ()
    assert known.loaded.signatures["serving_default"](**served([]))[OUTPUTS[known.task]].shape == (0, *units)


def test_missing_value_scores_other_than_zero(fitted):
    known = fitted("regression")
    whole = next(row for row in known.rows if None not in row.values())
    serve = known.loaded.signatures["serving_default"]
    scores = np.asarray(serve(**served([{**whole, "count": None}, {**whole, "count": 0}]))["prediction"])
    assert abs(scores[0] - scores[1]) > 1e-6


def test_signatures_have_their_names_inputs_and_outputs(known):
    signatures = known.loaded.signatures
    expected = {"serving_default", "serve_tf_examples", "transform_features", "evaluation"}
    assert set(signatures) == expected | ({"transform_label"} if known.task == "multiclass" else set())
    inputs = signatures["serving_default"].structured_input_signature[1]
    assert {name: spec.dtype.name for name, spec in inputs.items()} == {
        served_name(name): "string" if name in TEXT else "float64" if name in INTEGERS else "float32" for name in ROLES
    }
    widths = {served_name(name): [width] for name, width in WIDTHS.items()}
    assert all(spec.shape.as_list() == [None, *widths.get(name, [])] for name, spec in inputs.items())
    outputs = {OUTPUTS[known.task]} | ({"label"} if known.task == "multiclass" else set())
    assert set(signatures["serving_default"].structured_outputs) == outputs
    assert set(signatures["serve_tf_examples"].structured_outputs) == outputs


def test_constant_output_is_the_constant_baseline(known):
    scores = known.loaded.signatures["evaluation"](examples=examples_of(known.rows[:3]))["constant"]
    np.testing.assert_allclose(scores, np.tile(known.constant, (3, 1)), atol=1e-6)
    labels = [row[LABEL] for row in known.rows]
    if known.task == "multiclass":
        shares = [labels.count(name) / len(labels) for name in known.classes]
        np.testing.assert_allclose(scores[0], shares, atol=1e-6)
    else:
        np.testing.assert_allclose(scores[0], [np.mean(labels)], atol=1e-6)


def test_compared_model_is_evaluated_and_not_served(known):
    signatures = known.loaded.signatures
    scores = signatures["evaluation"](examples=examples_of(known.rows[:5]))
    assert set(scores) == {"model", "constant", "linear"}
    np.testing.assert_allclose(scores["linear"], (scores["model"] + scores["constant"]) / 2, atol=1e-6)
    assert OUTPUTS[known.task] in signatures["serve_tf_examples"].structured_outputs
    assert "linear" not in signatures["serve_tf_examples"].structured_outputs


def test_classes_are_in_a_file_of_the_saved_model(known):
    from components.model_verdict import class_names

    assert class_names(known.saved) == known.classes
    assert bool(known.classes) is (known.task == "multiclass")


def test_multiclass_label_is_the_likeliest_class(fitted):
    known = fitted("multiclass")
    outputs = known.loaded.signatures["serving_default"](**served(known.rows[:50]))
    probabilities = np.asarray(outputs["probabilities"])
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    named = [known.classes[best] for best in probabilities.argmax(axis=1)]
    assert [label.decode() for label in outputs["label"].numpy()] == named
    assert set(known.classes) == {"far", "near 0", "near 1"}


def test_multiclass_label_is_numbered_as_the_model_numbers_it(fitted):
    import tensorflow as tf

    known = fitted("multiclass")
    serialized = tf.constant([example(row) for row in known.rows[:30]], tf.string)
    numbers = known.loaded.signatures["transform_label"](examples=serialized)[transformed_name(LABEL)]
    assert [known.classes[number] for number in numbers.numpy()] == [row[LABEL] for row in known.rows[:30]]


def test_saved_model_needs_no_code_of_penstock(fitted, tmp_path):
    program = f"""
import sys
import tensorflow as tf
serve = tf.saved_model.load({fitted("binary").saved!r}).signatures["serve_tf_examples"]
print(serve(examples=tf.constant([{example(fitted("binary").rows[0])!r}]))["probability"].shape)
print([name for name in ("modules", "tensorflow_transform", "tfx") if name in sys.modules])
"""
    result = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True)
    assert result.stdout.splitlines() == ["(1,)", "[]"], result.stderr
