"""Literal rows in, literal rows out, through the real TensorFlow Transform."""

import math

import numpy as np
import pytest

from penstock.core.features import OUT_OF_VOCABULARY_BUCKETS, Feature, FeatureSpec, transformed_names
from tests.modules.conftest import analyzed

pytestmark = pytest.mark.slow

NONE = None
ROLES = {
    "n": "numeric",
    "constant": "numeric",
    "large": "numeric",
    "empty": "numeric",
    "whole": "numeric",
    "flag": "boolean",
    "at": "timestamp",
    "hour": "hour",
    "day": "weekday",
    "month": "month",
    "word": "categorical",
    "code": "categorical",
}
FLOATS, TEXTS = ("n", "constant", "large", "empty"), ("word",)
# Instants: 1970-01-01 00:00 UTC (a Thursday), six o'clock, eighteen o'clock on the day before, a week later.
TRAIN = [
    dict(zip([*ROLES, "label"], values, strict=True))
    for values in [
        (1.0, 0.1, 1e9 + 0, NONE, 10, 1, 0, 0, 0, 1, "b", 10, 0),
        (3.0, 0.1, 1e9 + 1, NONE, 20, 0, 21_600, 6, 7, 4, "a", 10, 1),
        (NONE, 0.1, 1e9 + 2, NONE, NONE, NONE, -21_600, 24, 14, 13, "b", -3, 1),
        (5.0, NONE, NONE, NONE, 30, 1, 604_800, NONE, NONE, NONE, NONE, NONE, 0),
    ]
]
Z = math.sqrt(1.5)  # of three evenly spaced values the outer ones are so many deviations from their mean


def spec_of(roles, task="binary", **options):
    return FeatureSpec("label", task, tuple(Feature.of(name, role) for name, role in roles.items()), **options)


def types(dense=(), label=None):
    import tensorflow as tf

    kinds = {name: tf.float32 if name in FLOATS else tf.string if name in TEXTS else tf.int64 for name in ROLES}
    kinds["label"] = label or tf.int64
    return {n: tf.io.FixedLenFeature([1], k) if n in dense else tf.io.VarLenFeature(k) for n, k in kinds.items()}


def columns_of(rows):
    return {name: [np.asarray(row[name]).item() for row in rows] for name in rows[0]}


def parsed(rows, raw):
    """Return rows in the form in which a tf.Example is parsed."""
    import tensorflow as tf

    parsed = {}
    for name, kind in raw.items():
        values = [row[name] for row in rows]
        if isinstance(kind, tf.io.FixedLenFeature):
            parsed[name] = tf.constant([[value] for value in values], kind.dtype)
        else:
            there = [[number, 0] for number, value in enumerate(values) if value is not None]
            known = tf.constant([value for value in values if value is not None], kind.dtype)
            indices = tf.reshape(tf.constant(there, tf.int64), [-1, 2])
            parsed[name] = tf.SparseTensor(indices, known, [len(rows), 1])
    return parsed


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Return the transformed training rows by column, and the function that transforms other rows."""
    raw = types()
    rows, output = analyzed(TRAIN, spec_of(ROLES), raw, tmp_path_factory.mktemp("sparse"))

    def transform(*others):
        features = output.transform_raw_features(parsed([{**TRAIN[0], **other} for other in others], raw))
        return {name: values.numpy().tolist() for name, values in features.items()}

    return columns_of(rows), transform


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        # A missing number is the mean, with its flag raised, and no part of the mean.
        ("n_xf", [-Z, 0, 0, Z]),
        ("n_xf_missing", [0, 0, 1, 0]),
        ("whole_xf", [-Z, 0, 0, Z]),
        ("whole_xf_missing", [0, 0, 1, 0]),
        # A column without spread says nothing.
        ("constant_xf", [0, 0, 0, 0]),
        ("constant_xf_missing", [0, 0, 0, 1]),
        ("empty_xf", [0, 0, 0, 0]),
        ("empty_xf_missing", [1, 1, 1, 1]),
        ("flag_xf", [1, 0, 0, 1]),
        ("flag_xf_missing", [0, 0, 1, 0]),
        # Times: the day as a number, then angles.
        ("at_xf_missing", [0, 0, 0, 0]),
        ("at_xf_hour_sin", [0, 1, -1, 0]),
        ("at_xf_hour_cos", [1, 0, 0, 1]),
        ("at_xf_weekday_sin", [0, math.sin(math.pi / 14), -math.sin(math.pi / 14), 0]),
        ("at_xf_weekday_cos", [1, math.cos(math.pi / 14), math.cos(math.pi / 14), 1]),
        ("at_xf_month_cos", [math.cos(2 * math.pi * days / 365.2425) for days in (0, 0.25, -0.25, 7)]),
        # Hour 24 is hour 0, weekday 14 is weekday 0, month 13 is month 1.
        ("hour_xf_sin", [0, 1, 0, 0]),
        ("hour_xf_cos", [1, 0, 1, 0]),
        ("hour_xf_missing", [0, 0, 0, 1]),
        ("day_xf_sin", [0, 0, 0, 0]),
        ("day_xf_cos", [1, 1, 1, 0]),
        ("day_xf_missing", [0, 0, 0, 1]),
        ("month_xf_sin", [0, 1, 0, 0]),
        ("month_xf_cos", [1, 0, 1, 0]),
        ("month_xf_missing", [0, 0, 0, 1]),
        # Categories: 0 is missing, then by falling frequency.
        ("word_xf", [1, 2, 1, 0]),
        ("code_xf", [1, 1, 2, 0]),
        ("label_xf", [0, 1, 1, 0]),
    ],
)
def test_training_row_is_transformed_so(trained, column, expected):
    np.testing.assert_allclose(trained[0][column], expected, atol=1e-6)


def test_every_column_of_the_spec_is_given_and_no_other(trained):
    kinds = transformed_names(spec_of(ROLES))
    assert set(trained[0]) == {name for kind in kinds.values() for name in kind} | {"label_xf"}


def test_scale_holds_between_large_numbers_that_lie_close(trained):
    # The raw column is float32, whose steps at a thousand millions are 64 wide: all four rows hold the same number.
    assert trained[0]["large_xf"] == [0, 0, 0, 0]
    assert trained[0]["large_xf_missing"] == [0, 0, 0, 1]


def test_timestamp_is_scaled_by_its_days(trained):
    days = np.array([0, 0.25, -0.25, 7])
    np.testing.assert_allclose(trained[0]["at_xf"], (days - days.mean()) / days.std(), rtol=1e-6)


@pytest.mark.parametrize(
    ("word", "index"),
    [("b", {1}), ("a", {2}), (None, {0}), ("c", {3, 4, 5, 6}), ("B", {3, 4, 5, 6}), ("ü", {3, 4, 5, 6})],
)
def test_word_that_is_new_gets_a_bucket_of_its_own_range(trained, word, index):
    assert trained[1]({"word": word})["word_xf"][0] in index
    assert OUT_OF_VOCABULARY_BUCKETS == 4


@pytest.mark.parametrize(("code", "index"), [(10, {1}), (-3, {2}), (None, {0}), (0, {3, 4, 5, 6}), (3, {3, 4, 5, 6})])
def test_code_that_is_new_gets_a_bucket_of_its_own_range(trained, code, index):
    assert trained[1]({"code": code})["code_xf"][0] in index


def test_new_words_are_spread_over_the_buckets_and_always_the_same_way(trained):
    rows = [{"word": f"new {number}"} for number in range(50)]
    indices = trained[1](*rows)["word_xf"]
    assert set(indices) == {3, 4, 5, 6}
    assert trained[1](*rows[::-1])["word_xf"] == indices[::-1]


@pytest.mark.parametrize(
    ("name", "value", "same"),
    [
        *(("hour", hour, hour + 24) for hour in (0, 5, 23, -1)),
        *(("day", day, day + 7) for day in (0, 6)),
        *(("month", month, month + 12) for month in (1, 12, 0)),
    ],
)
def test_cyclic_value_is_periodic(trained, name, value, same):
    rows = trained[1]({name: value}, {name: same})
    for wave in ("sin", "cos"):
        first, second = rows[f"{name}_xf_{wave}"]
        assert first == pytest.approx(second, abs=1e-6)


def test_consecutive_months_differ_by_a_twelfth_of_the_circle(trained):
    rows = trained[1](*({"month": month} for month in range(1, 13)))
    points = np.stack([rows["month_xf_sin"], rows["month_xf_cos"]], axis=1)
    steps = np.linalg.norm(points - np.roll(points, 1, axis=0), axis=1)
    np.testing.assert_allclose(steps, 2 * math.sin(math.pi / 12), rtol=1e-5)


@pytest.mark.parametrize(
    ("at", "hour", "weekday"),
    [
        (0, 0, 0),  # Thursday
        (-1, 86_399 / 3600, (7 * 86_400 - 1) / 86_400),
        (1_700_000_000, 22 + 13 / 60 + 20 / 3600, 5 + (22 * 3600 + 13 * 60 + 20) / 86_400),  # Tuesday, 2023-11-14
        (-2_208_988_800, 0, 4),  # Monday, 1900-01-01
    ],
)
def test_instant_gives_its_hour_and_weekday_since_thursday(trained, at, hour, weekday):
    rows = trained[1]({"at": at})
    for part, turn in {"hour": hour / 24, "weekday": weekday / 7}.items():
        assert rows[f"at_xf_{part}_sin"][0] == pytest.approx(math.sin(2 * math.pi * turn), abs=1e-5)
        assert rows[f"at_xf_{part}_cos"][0] == pytest.approx(math.cos(2 * math.pi * turn), abs=1e-5)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, None])
def test_number_that_is_none_is_missing(trained, number):
    rows = trained[1]({"n": number})
    assert (rows["n_xf"], rows["n_xf_missing"]) == ([0], [1])


def test_missing_values_of_all_columns_give_no_number_that_is_none(trained):
    rows = trained[1](dict.fromkeys(ROLES))
    assert all(np.isfinite(values[0]) for values in rows.values())
    assert {name for name, values in rows.items() if values[0] == 1} >= {f"{n}_xf_missing" for n in ROLES if n not in
                                                                        ("word", "code")}  # fmt: skip


@pytest.fixture(scope="module")
def whole():
    return [*TRAIN[:2], {**TRAIN[1], "n": 9.0, "word": "c", "code": 5, "label": 0}]


def test_dense_and_sparse_columns_give_the_same(tmp_path_factory, whole):
    roles = {name: role for name, role in ROLES.items() if name != "empty"}
    found = []
    for dense in ((), tuple(roles)):
        raw = {name: kind for name, kind in types(dense).items() if name != "empty"}
        rows, _ = analyzed(whole, spec_of(roles), raw, tmp_path_factory.mktemp("either"))
        found.append(columns_of(rows))
    assert found[0] == found[1]


def test_text_that_is_empty_is_missing_and_small_vocabulary_keeps_the_most_frequent(tmp_path):
    import tensorflow as tf

    words = ["a", "b", "b", "", "c", "b", "c"]
    raw = {
        "dense": tf.io.FixedLenFeature([1], tf.string),
        "sparse": tf.io.VarLenFeature(tf.string),
        "label": tf.io.VarLenFeature(tf.int64),
    }
    rows, _ = analyzed(
        [{"dense": word, "sparse": word, "label": 0} for word in words],
        spec_of({"dense": "categorical", "sparse": "categorical"}, vocabulary_size=1),
        raw,
        tmp_path,
    )
    for name in ("dense_xf", "sparse_xf"):
        found = columns_of(rows)[name]
        assert [index for index, word in zip(found, words, strict=True) if word == "b"] == [1, 1, 1]
        assert found[3] == 0
        assert {found[0], found[4], found[6]} <= {2, 3, 4, 5}
        assert found[4] == found[6]


@pytest.mark.parametrize(
    ("labels", "kind", "expected"),
    [
        (["z", "y", "z", "z", "y", "x"], "string", [0, 1, 0, 0, 1, 2]),
        ([7, 7, 3, 7, 3, 3], "int64", None),
    ],
)
def test_multiclass_label_is_numbered_by_falling_frequency(tmp_path, labels, kind, expected):
    import tensorflow as tf

    raw = {"n": tf.io.VarLenFeature(tf.float32), "label": tf.io.VarLenFeature(getattr(tf, kind))}
    rows, _ = analyzed(
        [{"n": 1.0, "label": label} for label in labels], spec_of({"n": "numeric"}, "multiclass"), raw, tmp_path
    )
    found = columns_of(rows)["label_xf"]
    if expected is None:  # a tie: either order will do, as long as each class has its number
        expected = found if set(zip(labels, found, strict=True)) in ({(7, 0), (3, 1)}, {(7, 1), (3, 0)}) else []
    assert found == expected


def test_regression_label_is_not_changed(tmp_path):
    import tensorflow as tf

    raw = {"n": tf.io.VarLenFeature(tf.float32), "label": tf.io.VarLenFeature(tf.float32)}
    labels = [-1.5, 0.0, 1e6]
    rows, _ = analyzed(
        [{"n": 1.0, "label": label} for label in labels], spec_of({"n": "numeric"}, "regression"), raw, tmp_path
    )
    assert columns_of(rows)["label_xf"] == labels


def batch_of(rows, raw):
    import tensorflow as tf

    from tests.modules.conftest import example

    return tf.io.parse_example(tf.constant([example(row) for row in rows]), raw)


@pytest.fixture(scope="module")
def lists(tmp_path_factory):
    """Return the transformed training rows by column, and the function that transforms other rows."""
    import tensorflow as tf

    raw = {"v": tf.io.VarLenFeature(tf.float32), "label": tf.io.VarLenFeature(tf.int64)}
    values = [[1.0, 10.0], [3.0, 10.0], None, [math.nan, math.inf], [5.0, math.nan]]
    rows, output = analyzed(
        [{"v": value, "label": 0} for value in values],
        spec_of({"v": "vector[2]"}),
        raw,
        tmp_path_factory.mktemp("lists"),
    )

    def transform(*others):
        features = output.transform_raw_features(batch_of([{"v": other, "label": 0} for other in others], raw))
        return features["v_xf"].numpy().tolist(), features["v_xf_missing"].numpy().tolist()

    return {name: [np.asarray(row[name]).tolist() for row in rows] for name in rows[0]}, transform


def test_list_becomes_z_scores_of_its_components(lists):
    # The second component has no spread. What is missing within a list is the mean, as is a list that is missing.
    np.testing.assert_allclose(lists[0]["v_xf"], [[-Z, 0], [0, 0], [0, 0], [0, 0], [Z, 0]], atol=1e-6)
    assert lists[0]["v_xf_missing"] == [0, 0, 1, 1, 0]


@pytest.mark.parametrize(
    ("value", "expected", "missing"),
    [
        ([5.0, 3.0], [Z, 0], 0),
        ([5.0], [Z, 0], 0),
        ([5.0, 1.0, 7.0], [Z, 0], 0),
        ([math.nan, math.nan], [0, 0], 1),
        ([math.nan, 10.0], [0, 0], 0),
        (None, [0, 0], 1),
    ],
)
def test_list_of_another_length_counts_as_far_as_it_goes(lists, value, expected, missing):
    found, flags = lists[1](value)
    np.testing.assert_allclose(found, [expected], atol=1e-6)
    assert flags == [missing]


STRANGE = ["a\x1eb", "a\x1fb", "\x1f", "\x1e", "0\x1e", "0\x1f", " ", "a,b", '"', "\u2028", "größer", "x" * 10_000]
BROKEN = ["a\nb", "\n", "a\rb"]


@pytest.fixture(scope="module")
def strange(tmp_path_factory):
    """Return transformed rows of values as no table should have them, and the function that transforms others."""
    import tensorflow as tf

    kinds = {"n": tf.float32, "tiny": tf.float32, "whole": tf.int64, "flag": tf.int64, "word": tf.string}
    raw = {name: tf.io.VarLenFeature(kind) for name, kind in {**kinds, "label": tf.int64}.items()}
    words = [*STRANGE, *BROKEN]
    rows = [
        {
            "n": (3e38, -3e38, 1.0)[number % 3],
            "tiny": number * 1e-30,
            "whole": (2**63 - 1, -(2**63), 2**53 + 1)[number % 3],
            "flag": None,
            "word": word,
            "label": 0,
        }
        for number, word in enumerate(words)
    ]
    roles = {"n": "numeric", "tiny": "numeric", "whole": "numeric", "flag": "boolean", "word": "categorical"}
    found, output = analyzed(rows, spec_of(roles), raw, tmp_path_factory.mktemp("strange"))

    def transform(**values):
        features = output.transform_raw_features(batch_of([{**rows[0], **values}], raw))
        return {name: column.numpy().item() for name, column in features.items()}

    return columns_of(found), transform


def test_every_number_is_finite_whatever_the_table_holds(strange):
    for name, values in strange[0].items():
        assert np.isfinite(values).all(), name
    assert max(map(abs, strange[0]["n_xf"])) < 2
    assert len(set(strange[0]["whole_xf"])) == 3
    assert set(strange[0]["flag_xf_missing"]) == {1}


@pytest.mark.parametrize(
    ("values", "name", "expected"),
    [
        ({"tiny": 3e38}, "tiny_xf", 1e6),
        ({"tiny": -3e38}, "tiny_xf", -1e6),
        ({"tiny": math.inf}, "tiny_xf", 0),
        ({"n": math.inf}, "n_xf_missing", 1),
    ],
)
def test_number_far_from_all_of_training_stays_within_bounds(strange, values, name, expected):
    assert strange[1](**values)[name] == expected


def test_category_with_any_character_is_kept_but_not_one_with_a_line_break(strange):
    indices = strange[0]["word_xf"]
    assert sorted(indices[: len(STRANGE)]) == list(range(1, len(STRANGE) + 1))
    assert all(index > len(STRANGE) for index in indices[len(STRANGE) :])
