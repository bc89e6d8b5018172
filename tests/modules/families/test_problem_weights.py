"""Weights of rows: whole ones equal repeated rows, others are relative; every family is fitted with them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modules.families import linear
from modules.families.bounded_linear import fit_bounded, fit_ordinal
from modules.families.constant import constant_of
from modules.families.problem import WEIGHT, Columns, Problem, class_weights, joined, loss_of, row_weights
from penstock.core.losses import Loss

pytestmark = pytest.mark.slow  # TensorFlow

COLUMNS = Columns(["a_xf", "b_xf"], [], {"c_xf": 6})
LOSSES = [Loss(), Loss("quantile", 0.7), Loss("poisson"), Loss("tweedie", 1.5), Loss("huber", 1.0)]


def table(count, seed):
    draw = np.random.default_rng(seed)
    rows = {
        "a_xf": np.round(draw.normal(size=count), 1).astype(np.float32),
        "b_xf": np.round(draw.normal(size=count), 1).astype(np.float32),
        "c_xf": draw.integers(1, 5, count),
    }
    weights = draw.integers(1, 4, count).astype(np.float64)
    score = rows["a_xf"] - 0.5 * rows["b_xf"] + (rows["c_xf"] == 2)
    return rows, weights, score, draw


def labels_of(kind, score, draw):
    if kind == "binary":
        return (score + draw.logistic(size=len(score)) > 0).astype(np.float32)
    if kind == "multiclass":
        return np.digitize(score + draw.logistic(size=len(score)), [-1.0, 1.0]).astype(np.int64)
    return draw.poisson(np.exp(0.5 + 0.4 * score)).astype(np.float32)


def repeated(rows, weights):
    return {name: np.repeat(values, weights.astype(int), axis=0) for name, values in rows.items()}


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
@given(seed=st.integers(0, 1000))
@settings(max_examples=5, deadline=None)
def test_linear_model_of_whole_weights_is_that_of_repeated_rows(task, seed):
    rows, weights, score, draw = table(150, seed)
    labels = labels_of(task, score, draw)
    rows_again, labels_again = repeated(rows, weights), np.repeat(labels, weights.astype(int))
    found = []
    for part, truth, own in [(rows, labels, weights), (rows_again, labels_again, None)]:
        problem = Problem(COLUMNS, task, 3, (part, truth), (part, truth))
        fitted = linear._fit(linear.design(COLUMNS, part), truth, problem, strength=1.0, weights=own)
        found.append(linear._predict(linear.design(COLUMNS, rows), *fitted, linear.link_of(problem)))
    np.testing.assert_allclose(found[0], found[1], rtol=2e-3, atol=2e-3)


@pytest.mark.parametrize("loss", LOSSES[1:], ids=lambda loss: loss.name)
def test_other_losses_of_whole_weights_are_those_of_repeated_rows(loss):
    rows, weights, score, draw = table(300, 7)
    labels = labels_of("regression", score, draw)
    matrix, signs = linear.design(COLUMNS, rows), np.zeros(8)
    again = linear.design(COLUMNS, repeated(rows, weights))
    labels_again = np.repeat(labels, weights.astype(int))
    one = fit_bounded(matrix, labels, "regression", (1.0, weights), signs, loss)
    other = fit_bounded(again, labels_again, "regression", (1.0, None), signs, loss)
    np.testing.assert_allclose(matrix @ one[0] + one[1], matrix @ other[0] + other[1], rtol=0.02, atol=0.02)


def test_ordinal_model_of_whole_weights_is_that_of_repeated_rows():
    rows, weights, score, draw = table(300, 3)
    ranks = labels_of("multiclass", score, draw)
    one = fit_ordinal(linear.design(COLUMNS, rows), ranks, 3, (1.0, weights))
    again = linear.design(COLUMNS, repeated(rows, weights))
    other = fit_ordinal(again, np.repeat(ranks, weights.astype(int)), 3, (1.0, None))
    np.testing.assert_allclose(one[0], other[0], atol=2e-3)
    np.testing.assert_allclose(one[1], other[1], atol=2e-3)


# Bins, leaves and bagging count rows and not weight, so they do not differ here.
EXACT = {"min_data_in_leaf": 1, "min_data_in_bin": 1, "bagging_freq": 0, "feature_fraction": 1.0}


@pytest.mark.parametrize(("task", "ordinal"), [("binary", False), ("regression", False), ("multiclass", True)])
def test_trees_of_whole_weights_are_those_of_repeated_rows(task, ordinal):
    from modules.families.trees import training

    rows, weights, score, draw = table(200, 5)
    rows = {**rows, "c_xf": rows["c_xf"] * 0}
    labels = labels_of(task, score, draw)
    # In small leaves, splits of the same gain are decided by the rounding of sums.
    given = {"seed": 1, "rounds": 5, "leaves": 3, "learning_rate": 0.3, "parameters": EXACT}
    found = []
    weighted = ({**rows, WEIGHT: weights}, labels)
    for part in (weighted, (repeated(rows, weights), np.repeat(labels, weights.astype(int)))):
        problem = Problem(COLUMNS, task, 3, part, part, ordinal=ordinal)
        found.append(training.train(problem, given).predict(rows))
    np.testing.assert_allclose(found[0], found[1], atol=1e-4)
    unweighted = Problem(COLUMNS, task, 3, (rows, labels), (rows, labels), ordinal=ordinal)
    assert np.abs(training.train(unweighted, given).predict(rows) - found[0]).max() > 0.01


@pytest.mark.parametrize("family", ["linear", "trees", "neural", "auto"])
def test_family_learns_the_rows_of_large_weight(family):
    """One half of the rows contradicts the other; the weights say which half is right."""
    import tensorflow as tf

    from modules.training import family_fit

    rows, _, _, draw = table(800, 11)
    labels = (rows["a_xf"] > 0).astype(np.float32)
    wrong = draw.random(800) < 0.6
    labels = np.where(wrong, 1 - labels, labels).astype(np.float32)
    rows[WEIGHT] = np.where(wrong, 1.0, 20.0)
    part = ({name: v[:600] for name, v in rows.items()}, labels[:600])
    rest = ({name: v[600:] for name, v in rows.items()}, labels[600:])
    names = ("epochs", "batch_size", "learning_rate", "rounds", "leaves", "class_weights")
    given = {**dict.fromkeys((*names, "max_row_microseconds", "max_megabytes")), "seed": 1, "time_limit": 6.0}
    fitted = family_fit(family)(Problem(COLUMNS, "binary", 0, part, rest), given)
    probe = {"a_xf": [-1.5, 1.5], "b_xf": [0.0, 0.0]}
    tensors = {name: tf.constant(values, tf.float32) for name, values in probe.items()}
    low, high = np.asarray(fitted.model({**tensors, "c_xf": tf.constant([1, 1], tf.int64)}))[:, 0]
    assert low < 0.3
    assert high > 0.7


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
def test_constant_and_loss_of_whole_weights_are_those_of_repeated_rows(loss):
    _, weights, score, draw = table(200, 2)
    labels = labels_of("regression", score, draw)
    again = np.repeat(labels, weights.astype(int))
    constant = constant_of(labels, "regression", 0, loss, weights)
    np.testing.assert_allclose(constant, constant_of(again, "regression", 0, loss))
    scores = np.full((200, 1), 1.5)
    repeated_scores = np.full((len(again), 1), 1.5)
    expected = loss_of("regression", again, repeated_scores, None, loss)
    assert loss_of("regression", labels, scores, weights, loss) == pytest.approx(expected)


def test_balanced_classes_have_the_same_total_weight():
    labels, given = np.array([0, 0, 0, 1]), np.array([1.0, 2.0, 3.0, 2.0])
    found = row_weights(labels, "binary", "balanced", given)
    assert found[:3].sum() == pytest.approx(found[3])
    assert found.sum() == pytest.approx(given.sum())
    assert class_weights(labels, 2, given).tolist() == pytest.approx([8 / 12, 2.0])


def test_joined_rows_keep_their_weights():
    rows, weights, _, _ = table(10, 1)
    part = ({**rows, WEIGHT: weights}, np.zeros(10))
    both, labels = joined(part, part, COLUMNS)
    assert both[WEIGHT].tolist() == [*weights, *weights]
    assert len(labels) == 20
