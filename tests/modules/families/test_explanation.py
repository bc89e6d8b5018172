"""Explanations of each family: they add up to the raw score, and say what the family's method says."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modules.families import constant, linear
from modules.families.problem import WEIGHT
from penstock.core.losses import Loss
from tests.modules.families.problems import COLUMNS, KINDS, LINKS, SETTINGS, problem_of, rows_of

pytestmark = pytest.mark.slow

EXPLAINED = {**SETTINGS, "rounds": 12, "explain": True}
TASKS = ("binary", "multiclass", "regression")


def tensors(rows):
    import tensorflow as tf

    return {name: tf.constant(values) for name, values in rows.items()}


def explanation(model, rows):
    """Return the base, the contributions, the raw scores and the predictions of a model."""
    given = tensors(rows)
    scores, base, contributions = model.explained(given)
    np.testing.assert_array_equal(scores, model.raw_scores(given))
    return base.numpy(), contributions.numpy(), scores.numpy(), model(given).numpy()


def check(model, task, rows):
    """Check that an explanation adds up, and that the predictions are those of the raw scores."""
    from modules.families.links import predictions as predictions_of

    base, contributions, scores, predictions = explanation(model, rows)
    assert contributions.shape == (len(scores), len(COLUMNS.names), scores.shape[1])
    assert np.isfinite(scores).all()
    np.testing.assert_allclose(base + contributions.sum(axis=1), scores, atol=1e-5, rtol=1e-12)
    np.testing.assert_allclose(predictions_of(LINKS[task], scores), predictions, rtol=1e-5, atol=1e-6)
    return base, contributions


@pytest.fixture(scope="module")
def models():
    """Return by task the models of trees, of a linear model, of a constant and of the three together."""
    from modules.families.explanation import WeightedModel
    from modules.families.trees import training

    found = {}
    for task in TASKS:
        problem = problem_of(task)
        parts = [training.train(problem, EXPLAINED).export(), linear.train(problem, EXPLAINED).export()]
        parts.append(constant.train(problem, EXPLAINED).export())
        found[task] = [*parts, WeightedModel(parts, [0.5, 0.3, 0.2], LINKS[task])]
    return found


NUMBERS = st.floats(-1e6, 1e6, width=32)
ROW = st.fixed_dictionaries(
    {
        **dict.fromkeys(COLUMNS.numbers, NUMBERS),
        **dict.fromkeys(COLUMNS.flags, st.sampled_from([0.0, 1.0])),
        **{name: st.integers(0, size - 1) for name, size in COLUMNS.categories.items()},
        "text_xf": st.lists(NUMBERS, min_size=3, max_size=3),
    }
)


@pytest.mark.parametrize("task", TASKS)
@given(rows=st.lists(ROW, min_size=1, max_size=5))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_base_and_contributions_of_any_row_are_the_score(models, task, rows):
    kinds = dict.fromkeys(COLUMNS.categories, np.int64)
    columns = {name: np.array([row[name] for row in rows], kinds.get(name, np.float32)) for name in COLUMNS.names}
    for model in models[task]:
        check(model, task, columns)


@pytest.mark.parametrize("task", TASKS)
def test_mean_of_models_has_the_mean_of_their_explanations(models, task):
    *parts, mean = models[task]
    rows = rows_of(50, seed=4, unseen=True)
    base, contributions = check(mean, task, rows)
    weighted = list(zip((0.5, 0.3, 0.2), (explanation(part, rows) for part in parts), strict=True))
    np.testing.assert_allclose(base, sum(weight * part[0] for weight, part in weighted))
    np.testing.assert_allclose(contributions, sum(weight * part[1] for weight, part in weighted), atol=1e-12)


@pytest.mark.parametrize("columns", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("task", TASKS)
def test_linear_contribution_is_the_weight_times_the_difference_from_the_training_mean(task, columns):
    problem = problem_of(task, columns=columns)
    trained = linear.train(problem, EXPLAINED)
    rows = {name: rows_of(40, seed=4, unseen=True)[name] for name in columns.names}
    base, contributions, _, _ = explanation(trained.export(), rows)
    training, given = (linear.design(columns, each).toarray() for each in (problem.train[0], rows))
    mean = training.mean(axis=0)
    np.testing.assert_allclose(base, mean @ trained.weights + trained.bias, rtol=1e-6, atol=1e-6)
    widths = [1] * len(columns.numbers + columns.flags) + list(columns.vectors.values())
    widths += columns.categories.values()
    names = [*columns.numbers, *columns.flags, *columns.vectors, *columns.categories]
    place = 0
    for name, width in zip(names, widths, strict=True):
        part = slice(place, place + width)
        expected = (given[:, part] - mean[part]) @ trained.weights[part]
        found = contributions[:, columns.names.index(name)]
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5 * max(1, np.abs(expected).max()))
        place += width


def test_contributions_of_the_training_rows_to_a_linear_score_have_the_mean_zero():
    problem = problem_of("multiclass")
    contributions = explanation(linear.train(problem, EXPLAINED).export(), problem.train[0])[1]
    assert np.abs(contributions).max() > 0.1
    np.testing.assert_allclose(contributions.mean(axis=0), 0, atol=1e-6)


@pytest.mark.parametrize("family", ["linear", "trees", "constant"])
def test_class_that_training_rows_do_not_have_is_explained(family):
    from modules.families.auto.candidate import train
    from modules.families.deadline import Deadline

    problem = problem_of("multiclass")
    labels = np.where(problem.train[1] == 2, 0, problem.train[1])
    problem = replace(problem, train=(problem.train[0], labels))
    model = train(family, problem, EXPLAINED, Deadline()).export()
    rows = rows_of(30, seed=9)
    check(model, "multiclass", rows)
    assert explanation(model, rows)[3][:, 2].max() < 1e-6


def test_model_fitted_to_all_rows_is_explained_by_their_means():
    problem = problem_of("binary")
    rows = {name: np.concatenate([problem.train[0][name], problem.validation[0][name]]) for name in COLUMNS.names}
    model = linear.retrain(problem, EXPLAINED, 1.0).export()
    np.testing.assert_allclose(explanation(model, rows)[1].mean(axis=0), 0, atol=1e-6)


def test_raw_scores_of_predictions_have_these_predictions():
    from modules.families.explanation import raw_of
    from modules.families.links import predictions as predictions_of

    shares = np.array([[0.0, 1.0, 0.0], [0.2, 0.3, 0.5]])
    assert np.isfinite(raw_of("softmax", shares)).all()
    np.testing.assert_allclose(predictions_of("softmax", raw_of("softmax", shares)), shares, atol=1e-14)
    ends = np.array([[0.0], [0.25], [1.0]])
    assert raw_of("sigmoid", ends)[:, 0] == pytest.approx([-34.5388, -1.0986, 34.5388], abs=1e-3)
    np.testing.assert_allclose(predictions_of("sigmoid", raw_of("sigmoid", ends)), ends, atol=1e-14)
    assert (raw_of("identity", ends) == ends).all()
    means = np.array([[0.0], [0.25], [40.0]])
    assert np.isfinite(raw_of("exp", means)).all()
    np.testing.assert_allclose(predictions_of("exp", raw_of("exp", means)), means, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    "loss", [Loss("quantile", 0.9), Loss("poisson"), Loss("tweedie", 1.5), Loss("huber", 1.0)], ids=str
)
def test_scores_of_other_losses_are_explained(loss):
    from modules.families.links import link_of, predictions
    from modules.families.trees import training

    problem = problem_of("regression", 200)
    positive = [(rows, np.abs(labels)) for rows, labels in (problem.train, problem.validation)]
    problem = replace(problem, train=positive[0], validation=positive[1], loss=loss)
    rows = rows_of(30, seed=3)
    for family in (training, linear, constant):
        base, contributions, scores, predicted = explanation(family.train(problem, EXPLAINED).export(), rows)
        np.testing.assert_allclose(base + contributions.sum(axis=1), scores, atol=1e-5)
        np.testing.assert_allclose(predictions(link_of(problem), scores), predicted, rtol=1e-5, atol=1e-6)


def with_weights(problem):
    """Return the problem with rows that weigh 1, 2 or 3."""
    parts = []
    for rows, labels in (problem.train, problem.validation):
        weights = np.random.default_rng(len(labels)).integers(1, 4, len(labels)).astype(np.float64)
        parts.append(({**rows, WEIGHT: weights}, labels))
    return replace(problem, train=parts[0], validation=parts[1])


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("family", ["trees", "linear"])
def test_explanations_of_weighted_rows_add_up(family, task):
    from modules.training import family_fit

    problem = problem_of(task)
    base, _ = check(family_fit(family)(with_weights(problem), EXPLAINED).model, task, rows_of(40, seed=4))
    unweighted, _ = check(family_fit(family)(problem, EXPLAINED).model, task, rows_of(40, seed=4))
    assert np.abs(base - unweighted).max() > 1e-6


def test_means_of_weighted_rows_are_those_of_repeated_rows():
    rows, _ = with_weights(problem_of("binary")).train
    times = rows[WEIGHT].astype(int)
    repeated = {name: np.repeat(values, times, axis=0) for name, values in rows.items() if name != WEIGHT}
    np.testing.assert_allclose(linear.means_of(COLUMNS, rows), linear.means_of(COLUMNS, repeated), rtol=1e-12)


def test_trees_of_weighted_rows_are_explained_as_lightgbm_does_by_numbers_of_rows():
    from modules.families.trees import training

    trained = training.train(with_weights(problem_of("binary")), EXPLAINED)
    rows = rows_of(50, seed=4)
    base, contributions, *_ = explanation(trained.export(), rows)
    expected = trained.booster.predict(trained.columns.matrix(rows), pred_contrib=True)
    assert base == pytest.approx(expected[0, -1])
    summed = np.zeros(contributions.shape[:2])
    np.add.at(summed, (slice(None), trained.columns.sources), expected[:, :-1])
    np.testing.assert_allclose(contributions[:, :, 0], summed, atol=1e-9)


@pytest.mark.parametrize("task", ["binary", "regression"])
@pytest.mark.parametrize("family", ["trees", "linear"])
def test_explained_model_keeps_a_monotonic_constraint_that_the_rows_contradict(family, task):
    from modules.training import family_fit

    # The label rises with miles.
    problem = replace(with_weights(problem_of(task)), monotonic={"miles_xf": -1})
    model = family_fit(family)(problem, EXPLAINED).model
    check(model, task, rows_of(40, seed=4))
    grid = np.linspace(-4, 4, 50).astype(np.float32)
    row = {name: np.repeat(values[:1], len(grid), axis=0) for name, values in rows_of(5, seed=4).items()}
    _, contributions, scores, _ = explanation(model, {**row, "miles_xf": grid, "miles_xf_missing": 0 * grid})
    assert (np.diff(scores[:, 0]) <= 1e-12).all()
    assert (np.diff(contributions[:, COLUMNS.names.index("miles_xf"), 0]) <= 1e-12).all()
