"""The family `auto`: what is exported is what was selected, whenever the time was over."""

import functools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modules.families.auto import ensemble, fitting, modest
from modules.families.auto import search as auto
from modules.families.auto.costs import cost_of_fits
from modules.families.auto.held_out import SPLIT_SOURCE
from modules.families.auto.pooling import Pooling
from modules.families.auto.refit import refit
from modules.families.auto.selection import Selection, export_selection
from modules.families.cost import FOREST_GRAPH, Cost, graph_megabytes
from modules.families.problem import loss_of
from penstock.core.documents.training import Leaderboard
from penstock.core.errors import NodeError
from tests.modules.families.clocks import Clock
from tests.modules.families.problems import SETTINGS, problem_of, rows_of

pytestmark = pytest.mark.slow


def predicted(model, rows):
    import tensorflow as tf

    return np.asarray(model({name: tf.constant(values) for name, values in rows.items()}), np.float64)


def loaded(model, rows, folder):
    """Return the predictions of a model as it is loaded from the disk."""
    import tensorflow as tf

    holder = tf.Module()
    holder.model = model
    specs = {name: tf.TensorSpec([None, *values.shape[1:]], values.dtype) for name, values in rows.items()}
    holder.score = tf.function(lambda rows: holder.model(rows), input_signature=[specs], autograph=False)
    tf.saved_model.save(holder, str(folder))
    saved = tf.saved_model.load(str(folder))
    return predicted(saved.score, rows)


def size_of(model):
    """Return the megabytes of a model of trees: its variables, and about what their graph takes."""
    return FOREST_GRAPH + sum(variable.numpy().nbytes for variable in model.variables) / 1e6


def search_of(task, limit, jump=None, *, count=60, far=0.95, **more):
    clock = Clock(jump, far * limit)
    search = auto.Search(problem_of(task, count), {**SETTINGS, "rounds": 6, "time_limit": limit, **more}, clock)
    search.run()
    return search, clock


def expected_of(search, chosen, rows):
    """Return the weighted mean of the selected models."""
    total = 0
    for place, weight in chosen.weights.items():
        one = search.candidates[place]
        models = one.models
        if chosen.is_refitted:
            seeds = [search.settings["seed"] + copy for copy in range(chosen.copies if one.family == "trees" else 1)]
            models = [refit(one, search.problem, {**search.settings, "seed": seed}) for seed in seeds]
        total = total + weight * np.mean([model.predict(rows) for model in models], axis=0)
    return total


def check(search):
    """Compare what is exported with what was selected, and return the leaderboard."""
    chosen = fitting.selected(search)
    rows = rows_of(50, seed=9, unseen=True)
    model, chosen = fitting.exported(search, chosen)
    scores, expected = predicted(model, rows), expected_of(search, chosen, rows)
    # The precision of float32 depends on the size of the label.
    np.testing.assert_allclose(scores, expected, rtol=0, atol=1e-6 * max(1.0, np.abs(expected).max()))
    board = fitting.leaderboard(search, chosen)
    assert board.exported_rows == board.rows == len(search.folds.labels)
    assert sum(model.weight for model in board.models) == pytest.approx(1)
    assert board.value <= board.models[0].value + 1e-9 or "constant" in {model.family for model in board.models}
    return board


@pytest.fixture(scope="module")
def light():
    """No network, whose graphs take long to make, and one race."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(auto, "FAMILIES", ("linear", "trees"))
        patch.setattr(auto, "MAX_RACES", 1)
        yield


@functools.cache
def readings(task):
    return search_of(task, 1e6)[1].readings


@pytest.mark.usefixtures("light")
@settings(max_examples=8, deadline=None)
@given(st.sampled_from(["binary", "multiclass", "regression"]), st.floats(0, 1), st.sampled_from([0.6, 0.95, 2.0]))
def test_exported_model_is_the_selected_one_whenever_the_time_is_over(task, share, far):
    try:
        search, _ = search_of(task, 100.0, int(share * readings(task)), far=far)
    except NodeError:
        return  # there was no time for the smallest model
    check(search)


@pytest.mark.usefixtures("light")
@pytest.mark.parametrize(("limit", "exported"), [(Cost(1e9, 1e9), 5), (Cost(20.0, 10.0), 0)])
def test_folds_are_exported_within_the_limit_of_the_cost_and_one_model_of_all_rows_beyond_it(limit, exported, tmp_path):
    search, _ = search_of("multiclass", 1e6, rounds=300, max_row_microseconds=limit.microseconds)
    search.cost = limit
    board = check(search)
    assert (board.folds, board.exported_folds) == (5, exported)
    assert board.row_microseconds <= limit.microseconds
    assert board.megabytes <= limit.megabytes
    assert board.raced == len(search.contenders)
    assert Leaderboard.parse(board.text(), "here") == board
    values = [model.value for model in board.models]
    assert values == sorted(values)
    assert board.metric == "log_loss"
    chosen = fitting.selected(search)
    (model, _), rows = fitting.exported(search, chosen), rows_of(50, seed=9, unseen=True)
    np.testing.assert_allclose(loaded(model, rows, tmp_path), predicted(model, rows), rtol=0, atol=1e-6)


@pytest.mark.usefixtures("light")
def test_size_of_the_exported_model_is_within_the_limit_if_the_estimate_was_too_small(monkeypatch):
    monkeypatch.setattr(auto, "FAMILY_RATIO", 100.0)
    search, _ = search_of("regression", 1e6, count=300, rounds=100)
    place = next(place for place, one in enumerate(search.candidates) if one.family == "trees")
    chosen = replace(fitting.selected(search), weights={place: 1.0}, is_refitted=True, copies=2)
    every, found = fitting.exported(search, chosen)
    assert (found.copies, found.cost.megabytes) == (2, pytest.approx(size_of(every), rel=0.05))
    search.cost = Cost(1e9, FOREST_GRAPH + 0.3 * (found.cost.megabytes - FOREST_GRAPH))
    fewer, found = fitting.exported(search, chosen)
    assert found.copies == 1
    assert found.cost.megabytes <= search.cost.megabytes
    assert size_of(fewer) <= search.cost.megabytes * 1.05
    board, graph = fitting.leaderboard(search, found), graph_megabytes(search.problem.columns)
    assert (board.copies, board.megabytes) == (1, round(found.cost.megabytes + graph, 3))
    assert any("rounds of the trees" in what and "MB" in why for what, why in board.left_out.items())


@pytest.mark.usefixtures("light")
@pytest.mark.parametrize(("configured", "costs"), [(None, True), (0.5, False)])
def test_best_model_is_cheap_enough_unless_a_limit_is_configured(monkeypatch, configured, costs):
    monkeypatch.setattr(auto, "FAMILY_RATIO", 100.0)
    search, _ = search_of("binary", 1e6, rounds=300, max_row_microseconds=configured)
    search.cost = Cost(0.5, 10.0)
    # The cheapest model is not the best.
    guess = {"scores": np.full((90, 1), 0.45), "loss": 0.7}
    search.candidates = [replace(one, **guess) if one.family == "linear" else one for one in search.candidates]
    assert search.best.family == "trees"
    assert (fitting.selected(search).value <= search.best.loss) is costs


@pytest.mark.usefixtures("light")
@pytest.mark.parametrize(
    ("errors", "least", "family"),
    [
        ((0.995, 0.995), 0.1, "trees"),
        ((0.2, np.sqrt(1.94)), 0.1, "linear"),
        ((1.0, 1.0), 0.1, "linear"),
        ((0.2, np.sqrt(1.94)), 100.0, "trees"),
    ],
)
def test_cheaper_models_are_exported_unless_the_others_are_better_beyond_the_error(monkeypatch, errors, least, family):
    """The mean squared error of the trees is 0.99, in each row or in the mean of unlike rows; or that of the others."""
    monkeypatch.setattr(auto, "FAMILY_RATIO", 100.0)
    monkeypatch.setattr(ensemble, "MIN_GAIN", 1.0)
    monkeypatch.setattr(modest, "MODEST_SHARES", (0.05,))
    monkeypatch.setattr(modest, "LEAST_SAVED", least)
    search, _ = search_of("regression", 1e6, rounds=300)
    labels = search.folds.labels
    scores = {"trees": labels + np.where(np.arange(len(labels)) % 2, *errors), "linear": labels + 1.0}
    best = {name: next(one for one in search.candidates if one.family == name) for name in scores}
    search.candidates = [
        replace(best[name], scores=own[:, None], loss=search.folds.loss(own[:, None])) for name, own in scores.items()
    ]
    chosen = fitting.selected(search)
    assert [search.candidates[place].family for place in chosen.weights] == [family]
    if errors != (1.0, 1.0):  # the first of equal ones is the best
        said = [why for what, why in search.left_out.items() if what.endswith("µs per row")]
        assert len(said) == (family == "linear")
    board = fitting.leaderboard(search, chosen)
    assert board.left_out == search.left_out


@pytest.mark.usefixtures("light")
def test_models_of_the_least_share_are_exported_that_are_about_as_good(monkeypatch):
    """The linear model is worse, the small trees are not: the first limit takes only the one, the second both."""
    monkeypatch.setattr(auto, "FAMILY_RATIO", 100.0)
    search, _ = search_of("regression", 1e6, rounds=300)
    labels = search.folds.labels
    both = {name: next(one for one in search.candidates if one.family == name) for name in ("linear", "trees")}
    errors = {"linear": 2.0, "trees": 1.0}
    search.candidates = [
        replace(one, scores=(labels + errors[name])[:, None], loss=errors[name]) for name, one in both.items()
    ]
    costs = {name: cost_of_fits([one]).microseconds for name, one in zip(both, search.candidates, strict=True)}
    full = 10 * (costs["linear"] + costs["trees"])
    monkeypatch.setattr(modest, "LEAST_SAVED", 0.1)
    search.cost, search.export_reserve = replace(search.cost, microseconds=full), 1e9
    middle, refitted = 1.01 * costs["trees"] / full, []
    for shares in [(costs["linear"] / full,), (costs["linear"] / full, middle), (middle,)]:
        monkeypatch.setattr(modest, "MODEST_SHARES", shares)
        chosen = fitting.selected(search)
        assert [search.candidates[place].family for place in chosen.weights] == ["trees"]
        refitted.append(chosen.is_refitted)
    # The models of all folds are better than one of all rows by nothing that the held-out rows show.
    assert refitted == [False, True, True]


@pytest.mark.usefixtures("light")
@pytest.mark.parametrize(("best", "cheap", "exported"), [(12.0, 1.0, 1.0), (12.0, 9.0, 12.0), (9.0, 1.0, 9.0)])
def test_cheaper_models_save_enough_or_the_best_are_exported(monkeypatch, best, cheap, exported):
    """However near the best models are to the limit of the cheaper ones, which is 10 µs."""
    search, _ = search_of("regression", 1e6)
    search.cost = Cost(20.0, 10.0)
    monkeypatch.setattr(modest, "MODEST_SHARES", (0.5,))
    monkeypatch.setattr(modest, "is_better", lambda *_: False)

    def select(candidates, folds, budget, **_):
        cost = best if budget.cost.microseconds > 10.0 else cheap
        return Selection({0: 1.0}, is_refitted=True, value=1.0, rows=90, cost=Cost(cost, 1.0))

    monkeypatch.setattr(fitting, "select", select)
    assert fitting.selected(search).cost.microseconds == exported


@pytest.mark.usefixtures("light")
@pytest.mark.parametrize(("is_refitted", "exported"), [(True, 9.0), (False, 19.0)])
def test_models_within_a_lower_limit_are_exported_if_they_are_better(monkeypatch, is_refitted, exported):
    """Losses of models of folds and of models that are fitted once more are not compared."""
    search, _ = search_of("regression", 1e6)
    search.cost = Cost(20.0, 10.0)
    monkeypatch.setattr(modest, "MODEST_SHARES", (0.25, 0.5))
    monkeypatch.setattr(modest, "is_better", lambda *_: True)
    values = {20.0: (19.0, 1.0, True), 10.0: (9.0, 0.9, is_refitted), 5.0: (4.0, 0.95, is_refitted)}

    def select(candidates, folds, budget, **_):
        cost, value, refitted = values[budget.cost.microseconds]
        return Selection({0: 1.0}, is_refitted=refitted, value=value, rows=90, cost=Cost(cost, 1.0))

    monkeypatch.setattr(fitting, "select", select)
    assert fitting.selected(search).cost.microseconds == exported


@pytest.mark.usefixtures("light")
@pytest.mark.parametrize(("folds", "rows"), [(5, 90), (2, 36)])
def test_held_out_rows_are_those_that_the_loss_was_measured_on(folds, rows):
    problem = problem_of("regression", 60)
    search, _ = search_of("regression", 1e6)
    search._keep_folds(folds)
    found = fitting.held_out(search, fitting.selected(search))
    assert len(found.labels) == len(found.places) == rows
    both = np.concatenate([problem.train[1], problem.validation[1]])
    np.testing.assert_array_equal(found.labels, both[found.places])
    assert loss_of("regression", found.labels, found.scores) == pytest.approx(fitting.selected(search).value)


@pytest.mark.usefixtures("light")
def test_single_split_is_fitted_to_the_validation_rows_too_if_there_is_time():
    problem = problem_of("binary", 9)
    search, _ = search_of("binary", 1e6, count=9)
    check(search)
    chosen = fitting.selected(search)
    assert (search.all_folds, chosen.is_refitted) == (1, True)
    found, rows = fitting.held_out(search, chosen), len(problem.train[1])
    assert found.places.tolist() == list(range(rows, rows + len(problem.validation[1])))
    np.testing.assert_array_equal(found.labels, problem.validation[1])
    assert found.source == SPLIT_SOURCE
    assert loss_of("binary", found.labels, found.scores) == pytest.approx(chosen.value)
    assert fitting.held_out(search, replace(chosen, is_refitted=False)) is None


@pytest.mark.usefixtures("light")
def test_model_that_would_be_worse_than_a_constant_is_the_constant():
    problem = problem_of("regression", 60)
    draw = np.random.default_rng(5)
    for _, labels in (problem.train, problem.validation):
        labels[:] = draw.normal(size=len(labels))
    fitted = fitting.fit(problem, {**SETTINGS, "rounds": 6, "time_limit": 1e6}, Clock())
    board = fitted.report["leaderboard"]
    simple = next(model for model in board.models if model.family == "constant")
    assert board.value <= simple.value


def test_network_is_exported_as_it_was_fitted_to_all_rows(monkeypatch):
    monkeypatch.setattr(auto, "MAX_RACES", 0)
    monkeypatch.setattr(auto, "FAMILIES", ("linear", "neural"))
    monkeypatch.setattr(auto, "FAMILY_RATIO", 100.0)
    search, _ = search_of("regression", 1e6, epochs=3)
    # Only the network is exported, whatever its loss.
    search.candidates = [one for one in search.candidates if one.family == "neural"]
    search.cost = Cost(1e9, 1e9)
    assert check(search).exported_folds == 5
    chosen = fitting.selected(search)
    one_per_fold = [
        export_selection(search.candidates, chosen, Pooling("identity"), {0: [model]})
        for model in search.candidates[0].models
    ]
    held_out = [problem.validation for problem in search.folds.problems]
    parts = [(labels, predicted(each, rows)) for each, (rows, labels) in zip(one_per_fold, held_out, strict=True)]
    labels, answers = (np.concatenate(part) for part in zip(*parts, strict=True))
    assert chosen.value == pytest.approx(loss_of("regression", labels, answers, None), rel=1e-5)
