"""The family `auto`: every family, then settings, then a mean; within its time."""

from types import SimpleNamespace

import numpy as np
import pytest

from modules.families import linear
from modules.families.auto import search as auto
from modules.families.auto.candidate import Candidate
from modules.families.auto.selection import Selection
from modules.families.deadline import saving_seconds
from modules.families.problem import Problem, loss_of
from penstock.core.documents.training import Leaderboard
from penstock.core.errors import NodeError
from tests.modules.families.clocks import Clock
from tests.modules.families.problems import COLUMNS, SETTINGS, problem_of, rows_of, wide_problem

pytestmark = pytest.mark.slow

CHOSEN = Selection({0: 1.0}, folds=3, value=0.5, rows=180)


def without_times(leaderboard):
    models = [model.model_dump(exclude={"fit_seconds", "row_microseconds"}) for model in leaderboard.models]
    return {**leaderboard.model_dump(), "models": models, "seconds": 0}


@pytest.fixture
def light(monkeypatch):
    """No network, whose graphs need TensorFlow, and few trials."""
    monkeypatch.setattr(auto, "FAMILIES", ("linear", "trees"))
    monkeypatch.setattr(auto, "MAX_TRIALS", 2)


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_each_family_then_settings_are_fitted_and_the_best_comes_first(light, task):
    search = auto.Search(problem_of(task, 200), {**SETTINGS, "time_limit": 100.0, "rounds": 10}, Clock())
    search.try_families()
    assert [(one.family, one.settings) for one in search.candidates] == [("linear", {}), ("trees", {})]
    search.tune()
    assert all(one.family == "trees" and one.settings for one in search.candidates[2:])
    board = auto._leaderboard(search, CHOSEN)
    values = [model.value for model in board.models]
    assert values == sorted(values)
    assert board.metric == {"binary": "log_loss", "regression": "rmse"}[task]
    assert (board.rows, board.folds, board.time_limit) == (300, 5, 100.0)
    assert (board.value, board.exported_rows, board.exported_folds) == (0.5, 180, 3)
    assert Leaderboard.parse(board.text(), "here") == board


def test_same_seed_gives_the_same_leaderboard_within_the_time_limit(light):
    boards = []
    for seed in (1, 1, 2):
        settings = {**SETTINGS, "time_limit": 100.0, "seed": seed, "rounds": 10}
        search = auto.Search(problem_of("binary", 60), settings, Clock())
        search.try_families()
        search.tune()
        boards.append(without_times(auto._leaderboard(search, CHOSEN)))
    assert boards[0] == boards[1] != boards[2]


def test_no_candidate_is_fitted_after_the_deadline(light):
    search = auto.Search(problem_of("regression", 200), {**SETTINGS, "time_limit": 100.0, "rounds": 10}, Clock())
    search.try_families()
    search.deadline = search.deadline.moved(search.started)
    search.tune()
    assert [one.settings for one in search.candidates] == [{}, {}]


def test_family_that_does_not_fit_into_the_time_is_left_out_and_named(light, monkeypatch):
    monkeypatch.setattr(auto, "FAMILIES", ("linear", "neural"))
    search = auto.Search(problem_of("binary", 200), {**SETTINGS, "time_limit": 3.0}, Clock())
    search.try_families()
    assert [one.family for one in search.candidates] == ["linear"]
    assert search.left_out == {"neural": f"needs about {search._estimated_seconds('neural'):.0f} s"}


def test_limit_too_short_for_the_smallest_model_is_refused_in_one_sentence(light):
    problem = problem_of("regression", 2000)
    with pytest.raises(NodeError) as error:
        auto.fit(problem, {**SETTINGS, "time_limit": 0.01}, Clock())
    assert error.value.what == "model.time_limit"
    assert "3,000 rows of 11 transformed columns" in error.value.expected
    assert error.value.received == "0.01"
    assert len(str(error.value).splitlines()) == 1


def test_limit_too_short_for_saving_the_smallest_model_is_refused_in_one_sentence(light):
    problem = wide_problem(columns=2_000, classes=2, rows=60)
    with pytest.raises(NodeError) as error:
        auto.fit(problem, {**SETTINGS, "time_limit": 20.0}, Clock())
    least = int(error.value.expected.removeprefix("at least ").split()[0])
    assert least > saving_seconds(problem.columns) > 20


def test_wide_table_of_many_classes_is_fitted_on_one_split_without_a_configured_limit(light, monkeypatch):
    monkeypatch.setattr(auto, "default_time_limit", lambda *_: 0.01)
    problem = wide_problem(columns=2_000, classes=20, rows=600)
    search = auto.Search(problem, SETTINGS)
    search.try_families()
    assert [one.family for one in search.candidates] == ["linear"]
    assert search.folds.problems == [problem]
    assert search.candidates[0].models[0].strength == linear.STRENGTHS[0]
    assert search.left_out == {"trees": "was not ready in time"}
    assert search.cut == "one split in place of 5 folds"
    assert search.candidates[0].cut == "1 of 5 strengths"


def test_export_time_is_reserved_in_addition_to_the_time_of_saving():
    search = auto.Search(wide_problem(columns=100, classes=2, rows=60), {**SETTINGS, "time_limit": 10.0}, Clock())
    saving = saving_seconds(search.problem.columns)
    assert search.deadline.at - search.started == pytest.approx(10 - saving - search.export_reserve)
    assert 0 < search.export_reserve < 0.3 * 10


@pytest.mark.parametrize(("seconds", "kept"), [(0.1, "usual"), (4.0, 20.0), (9.0, "most")])
def test_export_time_of_each_fold_of_candidates_near_the_best_is_reserved(seconds, kept):
    search = auto.Search(problem_of("binary", 60), {**SETTINGS, "time_limit": 101.0}, Clock())
    usual, most, end = search.export_reserve, search.usable * auto.MAX_EXPORT_SHARE, search.deadline.at
    models = [SimpleNamespace(export_seconds=seconds)] * 5
    near, far = (Candidate("neural", {}, models, np.zeros((1, 1)), loss, [], 1.0, 0.0) for loss in (0.5, 0.9))
    search.candidates = [near, far]
    search.reserve_export()
    assert search.export_reserve == pytest.approx({"usual": usual, "most": most}.get(kept, kept))
    assert search.deadline.at == pytest.approx(end - (search.export_reserve - usual))


def scored(model, rows):
    import tensorflow as tf

    return np.asarray(model({name: tf.constant(values) for name, values in rows.items()}))


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_exported_model_is_the_selected_ensemble(light, task):
    problem = problem_of(task, 300)
    fitted = auto.fit(problem, {**SETTINGS, "time_limit": 1e6}, Clock())
    board = fitted.report["leaderboard"]
    assert sum(model.weight for model in board.models) == pytest.approx(1)
    assert board.value <= board.models[0].value
    rows = rows_of(500, seed=9, unseen=True)
    found = scored(fitted.model, rows)
    search = auto.Search(problem, {**SETTINGS, "time_limit": 1e6}, Clock())
    search.run()
    weights = {str(model.settings) + model.family: model.weight for model in board.models}
    expected = sum(
        weights[str(one.settings) + one.family] * np.mean([model.predict(rows) for model in one.models], axis=0)
        for one in search.candidates
    )
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_all_families_are_fitted_and_saved(tmp_path, monkeypatch):
    monkeypatch.setattr(auto, "MAX_TRIALS", 2)
    import tensorflow as tf

    problem = problem_of("binary", 3000)
    fitted = auto.fit(problem, {**SETTINGS, "time_limit": 1e6}, Clock())
    holder = tf.Module()
    holder.model = fitted.model
    specs = {name: tf.TensorSpec([None, *values.shape[1:]], values.dtype) for name, values in rows_of(1).items()}
    holder.score = tf.function(lambda rows: holder.model(rows), input_signature=[specs], autograph=False)
    tf.saved_model.save(holder, str(tmp_path))
    assert {model.family for model in fitted.report["leaderboard"].models} == {"linear", "trees", "neural"}
    rows = rows_of(100, seed=5)
    loaded = tf.saved_model.load(str(tmp_path))
    np.testing.assert_allclose(scored(loaded.score, rows), scored(fitted.model, rows), atol=1e-6)


def test_few_rows_are_fitted(light):
    part = rows_of(8), np.array([0, 1] * 4, np.float32)
    fitted = auto.fit(Problem(COLUMNS, "binary", 0, part, part), {**SETTINGS, "time_limit": 1e6}, Clock())
    assert scored(fitted.model, part[0]).shape == (8, 1)
    assert loss_of("binary", part[1], scored(fitted.model, part[0])) < 1
