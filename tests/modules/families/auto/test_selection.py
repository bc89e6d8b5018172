"""The selection of `auto`: the exported model has the reported loss, whenever the deadline was."""

import functools
import tempfile
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modules.families.auto import search as auto
from modules.families.auto.candidate import Candidate, Folds
from modules.families.auto.selection import export_selection, select
from modules.families.problem import loss_of
from penstock.core.errors import NodeError
from tests.modules.families.clocks import Clock
from tests.modules.families.problems import SETTINGS, problem_of, rows_of

pytestmark = pytest.mark.slow

LABELS = np.random.default_rng(1).normal(size=100)


def folds_of(count):
    places = [np.arange(100)[fold::count] for fold in range(count)]
    return Folds([problem_of("regression", 4)] * count, places, LABELS, None)


def candidate(seed, seconds, count=5, spread=1.0):
    """Return a candidate whose models each take so many seconds to export."""
    scores = (LABELS + spread * np.random.default_rng(seed).normal(size=100))[:, None]
    models = [SimpleNamespace(export_seconds=seconds, cut="")] * count
    return Candidate("trees", {}, models, scores, loss_of("regression", LABELS, scores, None), [], 1.0, 0.0)


@pytest.mark.parametrize(("budget", "folds"), [(5.0, 5), (4.9, 4), (2.0, 2), (1.0, 1), (0.0, 1)])
def test_as_many_folds_are_chosen_as_the_best_model_has_time_for(budget, folds):
    found = [candidate(1, 1.0, spread=0.1), candidate(2, 0.1, spread=5.0)]
    chosen = select(found, folds_of(5), budget)
    assert (chosen.folds, chosen.rows) == (folds, 20 * folds)


@pytest.mark.parametrize("budget", [0.0, 2.0, 7.0, 100.0])
def test_value_is_that_of_the_rows_whose_models_are_exported(budget):
    found = [candidate(seed, seconds) for seed, seconds in ((1, 1.0), (2, 0.5), (3, 0.9), (4, 0.2))]
    folds = folds_of(5)
    chosen = select(found, folds, budget)
    rows = np.concatenate(folds.places[: chosen.folds])
    mean = sum(found[place].scores * weight for place, weight in chosen.weights.items())
    assert chosen.value == pytest.approx(loss_of("regression", LABELS[rows], mean[rows], None))
    assert sum(chosen.weights.values()) == pytest.approx(1)
    seconds = sum(found[place].export_seconds(chosen.folds) for place in chosen.weights)
    assert seconds <= budget or len(chosen.weights) == 1


def predicted(model, rows):
    import tensorflow as tf

    return np.asarray(model({name: tf.constant(values) for name, values in rows.items()}), np.float64)


def loaded(model, rows):
    """Return the predictions of a model as it is loaded from the disk."""
    import tensorflow as tf

    holder = tf.Module()
    holder.model = model
    specs = {name: tf.TensorSpec([None, *values.shape[1:]], values.dtype) for name, values in rows.items()}
    holder.score = tf.function(lambda rows: holder.model(rows), input_signature=[specs], autograph=False)
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(holder, folder)
        saved = tf.saved_model.load(folder)
    return predicted(saved.score, rows)


def check(search):
    """Compare what is exported with what was chosen, and its value with that of the exported models' predictions."""
    folds, chosen = search.folds, select(search.candidates, search.folds, search.export_reserve)
    rows = rows_of(50, seed=9, unseen=True)
    scores = loaded(export_selection(search.candidates, chosen), rows)
    expected = sum(
        weight * np.mean([one.predict(rows) for one in search.candidates[place].models[: chosen.folds]], axis=0)
        for place, weight in chosen.weights.items()
    )
    # The precision of float32 depends on the size of the label.
    tolerance = 1e-6 * max(1.0, np.abs(expected).max())
    np.testing.assert_allclose(scores, expected, rtol=0, atol=tolerance)
    one_per_fold = [export_selection(search.candidates, chosen, [fold]) for fold in range(chosen.folds)]
    mean = np.mean([predicted(each, rows) for each in one_per_fold], axis=0)
    np.testing.assert_allclose(scores, mean, rtol=0, atol=tolerance)
    held_out = [problem.validation for problem in folds.problems[: chosen.folds]]
    parts = [(labels, predicted(each, rows)) for each, (rows, labels) in zip(one_per_fold, held_out, strict=True)]
    labels, answers = (np.concatenate(part) for part in zip(*parts, strict=True))
    board = auto._leaderboard(search, chosen)
    assert board.value == pytest.approx(loss_of(folds.problems[0].task, labels, answers, None), rel=1e-6, abs=1e-6)
    assert board.exported_rows == len(labels)
    assert board.exported_folds == (chosen.folds if len(folds.problems) > 1 else 0)
    return board


def search_of(task, limit, jump=None, *, count=60, far=0.95, **more):
    clock = Clock(jump, far * limit)
    search = auto.Search(problem_of(task, count), {**SETTINGS, "rounds": 6, "time_limit": limit, **more}, clock)
    search.run()
    return search, clock


@pytest.fixture(scope="module")
def light():
    """No network, whose graphs take long to make, and few trials."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(auto, "FAMILIES", ("linear", "trees"))
        patch.setattr(auto, "MAX_TRIALS", 2)
        yield


@functools.cache
def readings(task):
    return search_of(task, 1e6)[1].readings


@pytest.mark.usefixtures("light")
@settings(max_examples=10, deadline=None)
@given(st.sampled_from(["binary", "multiclass", "regression"]), st.floats(0, 1), st.sampled_from([0.6, 0.95, 2.0]))
def test_exported_model_is_the_measured_one_whenever_the_time_is_over(task, share, far):
    try:
        search, _ = search_of(task, 100.0, int(share * readings(task)), far=far)
    except NodeError:
        return  # there was no time for the smallest model
    check(search)


@pytest.mark.usefixtures("light")
@pytest.mark.parametrize(("kept", "folds"), [(0.0, 1), (None, 5)])
def test_exported_model_is_the_measured_one_however_little_time_its_export_has(kept, folds):
    search, _ = search_of("binary", 1e6)
    for one in search.candidates:
        assert one.export_seconds(5) == sum(model.export_seconds for model in one.models) > one.export_seconds(2) > 0
    search.export_reserve = search.export_reserve if kept is None else kept
    board = check(search)
    assert (board.folds, board.exported_folds) == (5, folds)


@pytest.mark.parametrize("task", ["binary", "regression"])
@pytest.mark.parametrize("count", [60, 9])
def test_network_that_is_exported_is_the_measured_one(monkeypatch, task, count):
    monkeypatch.setattr(auto, "MAX_TRIALS", 0)
    monkeypatch.setattr(auto, "FAMILIES", ("linear", "neural"))
    search, clock = search_of(task, 1e6, count=count, epochs=3)
    # Only the network is exported, whatever its loss.
    search.candidates = [one for one in search.candidates if one.family == "neural"]
    assert check(search).models[0].cut == ""
    for part in (0.8, 0.95):
        search, _ = search_of(task, 1e6, int(part * clock.readings), count=count, epochs=3)
        check(search)
