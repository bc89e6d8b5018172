"""Raw columns as a client sends them: every family scores them as it scores examples; what is no integer is refused."""

import functools
import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penstock.core.features import Feature, FeatureSpec, served_name
from tests.modules.conftest import DENSE, INTEGERS, ROLES, TEXT, WIDTHS, analyzed, example

pytestmark = pytest.mark.slow

FAMILIES = ("neural", "trees", "linear")
SETTINGS = {"seed": 3, "rounds": 20, "leaves": None, "learning_rate": None, "class_weights": None}
LEAST, MOST = -(2**63), 2**63 - 1
EXACT = st.integers(-(2**53), 2**53)
SOME_TEXT = st.one_of(
    st.sampled_from(["card", "cash", "größer", "a\nline", "x", "", " ", "Rain über 東京", "\x1e", "0", "nan"]),
    st.text(max_size=20),
)
FLOATS = st.one_of(st.floats(width=32), st.sampled_from([0.0, -0.0, math.nan, math.inf, -math.inf, 3.4e38, 1e-45]))


def values_of(name):
    """Return the values that a column may have in a request, None where it is missing."""
    if name in WIDTHS:
        width = WIDTHS[name]
        each = st.lists(EXACT if name in INTEGERS else FLOATS, min_size=width, max_size=width)
    elif name in TEXT:
        each = SOME_TEXT
    else:
        small = st.one_of(st.integers(-3, 25), st.booleans().map(int), st.integers(0, 2 * 10**9), EXACT)
        each = small if name in INTEGERS else FLOATS
    return each if name in DENSE else st.none() | each


table = st.lists(st.fixed_dictionaries({name: values_of(name) for name in ROLES}), min_size=1, max_size=12)


@pytest.fixture(scope="module")
def saved(fitted, tmp_path_factory):
    """Return the function that gives the signatures of a family's model of the table of all roles."""
    import tensorflow as tf

    from modules import signatures, training
    from modules.families import rows as prepared

    @functools.cache
    def model(family):
        known = fitted("binary")
        folder = known.saved
        if family != "neural":
            folder = str(tmp_path_factory.mktemp(family))
            ready = prepared.prepare(known.train_files, known.transform, known.spec, seed=1)
            one = training.family_fit(family)(ready.problem, SETTINGS).model
            made = signatures.ServedModel(one, known.transform, known.spec, constant=ready.constant, classes=[])
            signatures.save(made, folder)
        return tf.saved_model.load(folder)

    return model


def request(rows):
    """Return rows as `serving_default` takes them."""
    import tensorflow as tf

    columns = {}
    for name in ROLES:
        width = WIDTHS.get(name)
        kind = tf.string if name in TEXT else tf.float64 if name in INTEGERS else tf.float32
        none = "" if name in TEXT else [math.nan] * width if width else math.nan
        values = [none if row[name] is None else row[name] for row in rows]
        columns[served_name(name)] = tf.constant(values, kind, [len(rows), width] if width else [len(rows)])
    return columns


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=table)
def test_rows_are_scored_alike_by_name_as_examples_and_for_the_evaluation(saved, family, rows):
    import tensorflow as tf

    signatures = saved(family).signatures
    examples = tf.constant([example(row) for row in rows], tf.string)
    by_name = np.asarray(signatures["serving_default"](**request(rows))["probability"])
    as_examples = np.asarray(signatures["serve_tf_examples"](examples=examples)["probability"])
    evaluated = np.asarray(signatures["evaluation"](examples=examples)["model"])[:, 0]
    assert np.isfinite(as_examples).all()
    np.testing.assert_allclose(by_name, as_examples, rtol=0, atol=1e-6)
    np.testing.assert_allclose(evaluated, as_examples, rtol=0, atol=1e-6)


def whole_row(fitted):
    return next(row for row in fitted("binary").rows if None not in row.values())


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"count": 2.5}, "count"),
        ({"count": 1e19}, "count"),
        ({"count": -1e19}, "count"),
        ({"count": np.nextafter(2.0**63, math.inf)}, "count"),
        ({"zone": math.inf, "at": -math.inf}, "zone, at"),
        ({"levels": [1.0, 0.5]}, "levels"),
        ({"levels": [1.0, math.nan]}, "levels"),
        ({"zone": 1e-9, "levels": [2.0**64, 0.0]}, "zone, levels"),
    ],
)
def test_value_that_is_no_integer_makes_the_request_fail_with_the_names_of_its_columns(saved, fitted, changes, names):
    import tensorflow as tf

    row, serve = whole_row(fitted), saved("linear").signatures["serving_default"]
    with pytest.raises(tf.errors.InvalidArgumentError, match="not whole numbers of 64 bits") as caught:
        serve(**request([row, {**row, **changes}, row]))
    assert f"needed, in {names}]" in str(caught.value)
    assert serve(**request([row]))["probability"].shape == (1,)


@pytest.mark.parametrize("changes", [{"count": -(2.0**63)}, {"count": math.nan}, {"zone": 3.0, "shared": -0.0}])
def test_what_is_an_integer_or_missing_is_taken(saved, fitted, changes):
    serve = saved("linear").signatures["serving_default"]
    assert np.isfinite(serve(**request([{**whole_row(fitted), **changes}]))["probability"]).all()


def test_greatest_integer_is_itself_though_no_float_is(saved, fitted):
    import tensorflow as tf

    row, signatures = whole_row(fitted), saved("linear").signatures
    rows = [{**row, "count": MOST}, {**row, "zone": MOST}, {**row, "levels": [MOST, LEAST]}]
    by_name = np.asarray(signatures["serving_default"](**request(rows))["probability"])
    examples = tf.constant([example({name: each[name] for name in ROLES}) for each in rows])
    as_examples = np.asarray(signatures["serve_tf_examples"](examples=examples)["probability"])
    np.testing.assert_allclose(by_name, as_examples, rtol=0, atol=1e-6)


def test_infinite_number_is_missing_as_it_is_in_training(saved, fitted):
    row, serve = whole_row(fitted), saved("linear").signatures["serving_default"]
    rows = [{**row, "miles": value} for value in (None, math.nan, math.inf, -math.inf, 0.0)]
    scores = np.asarray(serve(**request(rows))["probability"])
    assert len(set(scores[:4])) == 1
    assert scores[4] != scores[0]


WIDE = [2**53 + 1, 2**53, 2**62, 2**62 + 1, LEAST, LEAST + 1, MOST, -(2**53) - 1, 7]


@pytest.fixture(scope="module")
def wide(tmp_path_factory):
    """Return a model that answers with the index of `key`, whose integers float64 does not hold, and where it lies."""
    import tensorflow as tf

    from modules import signatures
    from modules.export import inputs as served_inputs
    from modules.families import rows as prepared

    folder = tmp_path_factory.mktemp("wide")
    spec = FeatureSpec("y", "regression", (Feature("key", "categorical"), Feature("few", "categorical")))
    raw = {name: tf.io.VarLenFeature(tf.int64) for name in spec.names()} | {"y": tf.io.VarLenFeature(tf.float32)}
    # The value that occurs most often has the first index, and so on.
    rows = [{"key": key, "few": 2**53, "y": 1.0} for place, key in enumerate(WIDE) for _ in range(20 - place)]
    _, transform = analyzed(rows, spec, raw, folder)

    class Index(tf.Module):
        def __call__(self, columns):
            return tf.cast(columns["key_xf"][:, None], tf.float32)

    served = signatures.ServedModel(Index(), transform, spec, constant=np.array([0.0]), classes=[])
    found = served_inputs.wide_integers(raw, prepared.vocabularies(spec, transform))
    served.serve_as_text(found)
    signatures.save(served, str(folder / "model"))
    return tf.saved_model.load(str(folder / "model")), folder / "model"


def test_only_integers_that_float64_does_not_hold_are_served_as_text(wide):
    inputs = wide[0].signatures["serving_default"].structured_input_signature[1]
    assert {name: spec.dtype.name for name, spec in inputs.items()} == {"key": "string", "few": "float64"}


def test_integers_beyond_float64_have_the_same_index_by_name_as_in_examples(wide):
    import tensorflow as tf

    keys, signatures = [*WIDE, None, 2**53 + 3, 0, MOST - 1], wide[0].signatures
    texts = tf.constant(["" if key is None else str(key) for key in keys])
    few = tf.constant([1.0] * len(keys), tf.float64)
    by_name = np.asarray(signatures["serving_default"](key=texts, few=few)["prediction"])
    examples = tf.constant([example({"key": key, "few": 1}) for key in keys])
    np.testing.assert_array_equal(by_name, signatures["serve_tf_examples"](examples=examples)["prediction"])
    assert by_name[: len(WIDE) + 1].tolist() == [*range(1, len(WIDE) + 1), 0]
    assert (by_name[len(WIDE) + 1 :] > len(WIDE)).all()


def test_integers_of_a_file_reach_the_model_whole(wide):
    from penstock.serving.model.casting import numbers, texts
    from penstock.serving.model.scorer import load
    from penstock.serving.model.versions import ModelVersion

    scorer = load(ModelVersion(wide[1], 1))
    assert scorer.columns == {"key": "text", "few": "number"}
    keys = pa.array([*WIDE, None], pa.int64())
    (index,) = scorer.score({"key": texts(keys), "few": numbers(pa.array([1] * len(keys)))})
    assert index.to_pylist() == [*range(1, len(WIDE) + 1), 0]


def test_file_with_a_value_that_is_no_integer_is_refused_in_one_sentence(wide):
    from penstock.core.errors import DataError
    from penstock.serving.model.scorer import load
    from penstock.serving.model.versions import ModelVersion

    scorer = load(ModelVersion(wide[1], 1))
    for key, few, received in (
        (
            b"7",
            2.5,
            "not whole numbers of 64 bits, or missing where a value is needed, in few",
        ),
        (b"2.5", 1.0, "could not correctly convert string: 2.5"),
    ):
        with pytest.raises(DataError) as caught:
            scorer.score({"key": np.array([key], object), "few": np.array([few])})
        assert caught.value.received == received
        assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("text", ["2.5", "x", "9223372036854775808", "1e3"])
def test_text_that_is_no_integer_of_64_bits_makes_the_request_fail(wide, text):
    import tensorflow as tf

    few = tf.constant([1.0], tf.float64)
    with pytest.raises(tf.errors.InvalidArgumentError, match=f"could not correctly convert string: {text}"):
        wide[0].signatures["serving_default"](key=tf.constant([text]), few=few)


@pytest.mark.parametrize(
    ("values", "is_wide"),
    [(["1", str(2**53), str(-(2**53))], False), ([str(2**53 + 1)], True), ([str(LEAST)], True), ([], False)],
)
def test_column_is_wide_where_its_vocabulary_holds_an_integer_that_float64_may_not_hold(values, is_wide):
    import tensorflow as tf

    from modules.export.inputs import wide_integers

    raw = {"key": tf.io.VarLenFeature(tf.int64), "text": tf.io.VarLenFeature(tf.string)}
    assert wide_integers(raw, {"key": values, "text": ["9" * 20]}) == ({"key"} if is_wide else set())
