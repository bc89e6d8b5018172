"""The family `neural`: encoding, shapes, fitting, stopping."""

import math

import numpy as np
import pytest

from modules.families.problem import Columns, Problem

pytestmark = pytest.mark.slow

SETTINGS = {"seed": 1, "epochs": 30, "batch_size": 32, "learning_rate": 0.01}
HEADS = {"binary": (1, 0), "multiclass": (3, 3), "regression": (1, 0)}


@pytest.fixture(scope="module")
def neural():
    from modules.families.neural import network as neural

    return neural


def rows_of(count=256, seed=1):
    """Return columns and labels of a rule that can be learnt: above zero, or of category 2."""
    draw = np.random.default_rng(seed)
    rows = {
        "number_xf": draw.normal(size=count).astype(np.float32),
        "flag_xf": draw.integers(0, 2, count).astype(np.float32),
        "kind_xf": draw.integers(0, 5, count),
    }
    return rows, ((rows["number_xf"] > 0) | (rows["kind_xf"] == 2)).astype(np.float32)


COLUMNS = Columns(["number_xf"], ["flag_xf"], {"kind_xf": 5})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (-5.0, [0, 0, 0]),
        (0.0, [0, 0, 0]),
        (0.5, [0.5, 0, 0]),
        (1.0, [1, 0, 0]),
        (2.0, [1, 0.5, 0]),
        (3.0, [1, 1, 0]),
        (9.0, [1, 1, 1]),
        (99.0, [1, 1, 1]),
    ],
)
def test_number_is_encoded_by_how_far_it_has_come(neural, value, expected):
    layer = neural.PiecewiseLinear([[0.0, 1.0, 3.0, 9.0], [0.0, 1.0, 3.0, 9.0]])
    np.testing.assert_allclose(layer(np.array([[value, 0.0]], np.float32))[0], [*expected, 0, 0, 0], atol=1e-6)


def test_bin_without_width_is_a_step(neural):
    layer = neural.PiecewiseLinear([[0.0, 1.0, 1.0, 2.0]])
    encoded = np.asarray(layer(np.array([[0.99], [1.0], [1.01]], np.float32)))
    assert np.isfinite(encoded).all()
    np.testing.assert_allclose(encoded[0], [0.99, 0, 0], atol=1e-5)
    np.testing.assert_allclose(encoded[2], [1, 1, 0.01], atol=1e-5)


def test_encoding_comes_back_from_its_configuration(neural):
    layer = neural.PiecewiseLinear([[0.0, 1.0, 3.0]], name="encoding")
    again = neural.PiecewiseLinear.from_config(layer.get_config())
    values = np.linspace(-1, 4, 11, dtype=np.float32)[:, None]
    np.testing.assert_array_equal(again(values), layer(values))
    assert again.name == "encoding"


@pytest.mark.parametrize("values", [[3.0] * 10, [1.0], list(range(1000)), [0.0] * 99 + [1e9]])
def test_edges_rise_from_the_least_value_to_the_greatest(neural, values):
    edges = neural.quantile_edges(np.array(values, np.float32))
    assert len(edges) == neural.BINS + 1
    assert (edges[0], edges[-1]) == (min(values), max(values))
    assert edges == sorted(edges)


@pytest.mark.parametrize(("indices", "width"), [(1, 2), (5, 3), (100, 10), (10_000, 32), (10**7, 32)])
def test_embedding_grows_with_its_indices_within_bounds(neural, indices, width):
    assert neural.embedding_width(indices) == width


@pytest.mark.parametrize("task", HEADS)
def test_head_fits_the_task(neural, task):
    units, classes = HEADS[task]
    rows, _ = rows_of(8)
    model = neural.build(COLUMNS, rows, task, classes)
    scores = np.asarray(model(rows))
    assert scores.shape == (8, units)
    if task == "multiclass":
        np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-5)
    if task == "binary":
        assert (scores > 0).all()
        assert (scores < 1).all()


@pytest.mark.parametrize(
    ("numbers", "flags", "categories"),
    [
        (["number_xf"], [], {}),
        ([], ["flag_xf"], {}),
        ([], [], {"kind_xf": 5}),
        (["number_xf"], [], {"kind_xf": 5}),
        (["a b%2F_xf"], ["ü_xf"], {"größe x_xf": 5}),
    ],
)
def test_network_takes_whatever_kinds_of_columns_there_are(neural, numbers, flags, categories):
    rows, _ = rows_of(8)
    named = {**dict.fromkeys(numbers, rows["number_xf"]), **dict.fromkeys(flags, rows["flag_xf"])}
    named |= dict.fromkeys(categories, rows["kind_xf"])
    model = neural.build(Columns(numbers, flags, categories), named, "binary", 0)
    assert np.asarray(model(named)).shape == (8, 1)


def fitted(neural, seed=7, settings=SETTINGS, labels=None):
    from modules.families.neural.keras3 import keras

    keras.utils.set_random_seed(seed)
    train, validation = rows_of(256, 1), rows_of(128, 2)
    if labels is not None:
        train, validation = (train[0], labels[:256]), (validation[0], labels[256:])
    return neural.fit(Problem(COLUMNS, "binary", 0, train, validation), settings), validation


def test_rule_is_learnt_and_the_same_seed_gives_the_same_model(neural):
    first, (rows, labels) = fitted(neural)
    scores = np.asarray(first.model(rows))[:, 0]
    assert np.mean((scores > 0.5) == labels) > 0.95
    second, _ = fitted(neural)
    np.testing.assert_array_equal(np.asarray(second.model(rows))[:, 0], scores)
    other, _ = fitted(neural, seed=8, settings={**SETTINGS, "seed": 2, "epochs": 1})
    assert not np.allclose(np.asarray(other.model(rows))[:, 0], scores)


@pytest.mark.parametrize("activation", [None, "relu", "gelu"])
def test_hidden_layers_have_the_activation_of_their_shape(neural, activation):
    from scipy import stats

    shape = neural.shape_of({"activation": activation} if activation else {})
    network = neural.build(COLUMNS, rows_of()[0], "binary", 0, shape).get_layer(neural.NETWORK)
    first = network.get_layer("hidden_0")
    inputs = np.random.default_rng(1).normal(size=(5, first.kernel.shape[0])).astype(np.float32)
    before = inputs @ np.asarray(first.kernel)
    expected = before * stats.norm.cdf(before) if activation == "gelu" else np.maximum(before, 0)
    np.testing.assert_allclose(np.asarray(first(inputs)), expected, atol=1e-5)


def test_smooth_function_is_learnt_better_with_gelu(neural):
    """Friedman's first function, 1991: a sine of a product, a square and two lines."""
    draw = np.random.default_rng(1)
    values = draw.uniform(size=(1_500, 5)).astype(np.float32)
    labels = 10 * np.sin(np.pi * values[:, 0] * values[:, 1]) + 20 * (values[:, 2] - 0.5) ** 2
    labels = (labels + 10 * values[:, 3] + 5 * values[:, 4]).astype(np.float32)
    names = [f"number_{place}_xf" for place in range(5)]
    rows = {name: values[:, place] for place, name in enumerate(names)}
    parts = [
        ({name: of[some] for name, of in rows.items()}, labels[some]) for some in (slice(1_000), slice(1_000, None))
    ]
    problem = Problem(Columns(names, [], {}), "regression", 0, *parts)
    losses = {
        activation: min(
            curve["val_loss"] for curve in neural.fit(problem, {**settings, "activation": activation}).curves
        )
        for settings in [{"seed": 1, "epochs": None, "batch_size": None, "learning_rate": None}]
        for activation in ("gelu", "relu")
    }
    assert losses["gelu"] < 0.95 * losses["relu"]


def test_curves_are_a_row_per_epoch_and_the_best_epoch_is_kept(neural):
    found, (rows, labels) = fitted(neural, labels=np.random.default_rng(5).integers(0, 2, 384).astype(float))
    curves = found.curves
    assert set(curves[0]) >= {"epoch", "loss", "val_loss"}
    assert [row["epoch"] for row in curves] == list(range(len(curves)))
    # Noise cannot be learnt: fitting stops five epochs after the best one, long before the last.
    best = min(range(len(curves)), key=lambda epoch: curves[epoch]["val_loss"])
    assert len(curves) == best + 6 < SETTINGS["epochs"]
    scores = np.clip(np.asarray(found.model(rows))[:, 0], 1e-7, 1 - 1e-7)
    loss = -np.mean(np.where(labels > 0.5, np.log(scores), np.log(1 - scores)))
    assert loss == pytest.approx(curves[best]["val_loss"], abs=1e-4)
    assert math.isfinite(loss)


def test_one_row_can_be_fitted(neural):
    found = neural.fit(Problem(COLUMNS, "binary", 0, rows_of(1), rows_of(1)), {**SETTINGS, "epochs": 1})
    assert [row["epoch"] for row in found.curves] == [0]


@pytest.mark.parametrize(
    ("rows", "epochs", "batch_size"),
    [
        (1, 200, 16),
        (150, 128, 16),
        (1000, 40, 16),
        (2000, 40, 32),
        (9_999, 40, 256),
        (10_000, 40, 256),
        (15_000, 40, 256),
        (32_768, 19, 512),
        (100_000, 6, 1024),
        (1_000_000, 3, 4096),
        (10**8, 3, 4096),
    ],
)
def test_larger_table_is_fitted_in_larger_steps_and_fewer_passes(neural, rows, epochs, batch_size):
    plan = neural.plan_of({"seed": 1, "epochs": None, "batch_size": None, "learning_rate": None}, rows)
    assert (plan.epochs, plan.batch_size) == (epochs, batch_size)
    assert plan.patience == max(5, epochs // 8)
    assert plan.learning_rate == pytest.approx(0.002 * math.sqrt(batch_size / 256))


def test_what_is_configured_is_not_changed_by_the_number_of_rows(neural):
    settings = {"seed": 1, "epochs": 7, "batch_size": 100, "learning_rate": 0.5}
    assert neural.plan_of(settings, 10**6) == neural.fitting.Plan(7, 100, 0.5, 1)


def with_vectors(count, seed=1, width=4):
    """Return columns and labels of a rule over lists: whether the first number is greater than the second."""
    draw = np.random.default_rng(seed)
    rows = {
        "list_xf": draw.normal(size=(count, width)).astype(np.float32),
        "text_xf": draw.uniform(size=(count, 256)).astype(np.float16),
        "list_xf_missing": np.zeros(count, np.float32),
    }
    return rows, (rows["list_xf"][:, 0] > rows["list_xf"][:, 1]).astype(np.float32)


def test_rule_over_a_list_of_numbers_is_learnt(neural):
    columns = Columns([], ["list_xf_missing"], {}, {"list_xf": 4, "text_xf": 256})
    validation = with_vectors(200, 2)
    found = neural.fit(Problem(columns, "binary", 0, with_vectors(600), validation), SETTINGS)
    scores = np.asarray(found.model(validation[0]))[:, 0]
    assert np.mean((scores > 0.5) == validation[1]) > 0.9


def test_long_vector_is_brought_to_fewer_numbers(neural):
    rows, _ = with_vectors(8)
    columns = Columns([], [], {}, {"list_xf": 4, "text_xf": 256})
    network = neural.build(columns, rows, "binary", 0).get_layer(neural.NETWORK)
    assert network.get_layer("features").output.shape == (None, 4 + neural.PROJECTED)


@pytest.mark.parametrize(("middle", "spread"), [(0.0, 1e6), (1e6, 1.0), (0.0, 1e-6), (-3e4, 5.0)])
def test_regression_does_not_depend_on_the_unit_of_its_label(neural, middle, spread):
    train, validation = ((rows, labels * spread + middle) for rows, labels in (rows_of(256, 1), rows_of(128, 2)))
    found = neural.fit(Problem(COLUMNS, "regression", 0, train, validation), SETTINGS)
    errors = np.asarray(found.model(validation[0]))[:, 0].astype(np.float64) - validation[1]
    assert np.sqrt(np.mean(errors**2)) < 0.25 * spread
    best = min(curve["val_loss"] for curve in found.curves)
    # At a million a 32-bit float goes by sixteenths.
    assert best == pytest.approx(np.mean(errors**2), rel=0.05, abs=1e-3 * spread**2)


def test_constant_label_is_answered_as_it_is(neural):
    train, validation = ((rows, np.full(len(labels), 7.5, np.float32)) for rows, labels in (rows_of(64), rows_of(16)))
    found = neural.fit(Problem(COLUMNS, "regression", 0, train, validation), {**SETTINGS, "epochs": 20})
    np.testing.assert_allclose(np.asarray(found.model(validation[0]))[:, 0], 7.5, atol=0.5)


def test_balanced_classes_raise_the_scores_of_a_rare_one(neural):
    draw = np.random.default_rng(4)
    parts = [
        (rows_of(size, seed)[0], (draw.random(size) < 0.1).astype(np.float32)) for size, seed in ((600, 1), (200, 2))
    ]
    settings = {**SETTINGS, "epochs": 10}
    plain, balanced = (
        np.asarray(neural.fit(Problem(COLUMNS, "binary", 0, *parts), given).model(parts[1][0])).mean()
        for given in (settings, {**settings, "class_weights": "balanced"})
    )
    assert plain < 0.2
    assert 0.35 < balanced < 0.65


@pytest.mark.parametrize("task", HEADS)
def test_table_of_few_rows_is_fitted_with_what_is_not_configured(neural, task):
    (rows, labels), (others, held) = rows_of(126, 1), rows_of(22, 2)
    classes = HEADS[task][1]
    settings = {"seed": 1, "epochs": None, "batch_size": None, "learning_rate": None, "class_weights": None}
    found = neural.fit(Problem(COLUMNS, task, classes, (rows, labels), (others, held)), settings)
    scores = np.asarray(found.model(others))
    answered = scores.argmax(axis=1) if task == "multiclass" else scores[:, 0] > 0.5
    assert np.mean(answered == held) > 0.85
