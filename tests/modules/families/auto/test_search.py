"""The search of `auto`: every family, then settings, within its time."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from modules.families import linear
from modules.families.auto import candidate
from modules.families.auto import search as auto
from modules.families.auto.race import Contender
from modules.families.auto.refit import MORE_ROWS
from modules.families.deadline import Deadline, saving_seconds
from modules.families.problem import Problem
from penstock.core.errors import NodeError
from tests.modules.families.clocks import Clock
from tests.modules.families.problems import COLUMNS, SETTINGS, problem_of, rows_of, wide_problem

pytestmark = pytest.mark.slow


def outcome(search):
    """Return the candidates without their times."""
    return [(one.family, one.settings, one.loss) for one in search.candidates]


def light_search(problem, clock=None, **settings):
    return auto.Search(problem, {**SETTINGS, "time_limit": 100.0, "rounds": 10, **settings}, clock or Clock())


@pytest.fixture
def light(monkeypatch):
    """No network, whose graphs need TensorFlow, and one race."""
    monkeypatch.setattr(auto, "FAMILIES", ("linear", "trees"))
    monkeypatch.setattr(auto, "MAX_RACES", 1)


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_constant_and_each_family_then_settings_are_fitted(light, monkeypatch, task):
    monkeypatch.setattr(auto, "FAMILY_RATIO", 10.0)  # the rule is linear
    search = light_search(problem_of(task, 200))
    search.try_families()
    first = [(one.family, one.settings) for one in search.candidates]
    assert first[:2] == [("constant", {}), ("linear", {})]
    assert "trees" in {family for family, _ in first}
    raced = len(search.contenders)
    search.tune()
    assert len(search.contenders) == raced + auto.CONTENDERS - 1
    assert all(one.family == "trees" and one.settings for one in search.contenders[raced:])
    assert search.best.loss == min(one.loss for one in search.candidates)


@pytest.mark.parametrize(("task", "explain", "tried"), [("regression", False, True), ("regression", True, False)])
def test_linear_leaves_are_tried_unless_the_model_is_explained_and_that_is_said(light, task, explain, tried):
    search = light_search(problem_of(task, 200), explain=explain)
    search.run()
    assert any(one.settings.get("parameters", {}).get("linear_tree") for one in search.contenders) is tried
    reason = {} if tried else {"trees with linear leaves": "cannot be explained exactly"}
    assert {name: why for name, why in search.left_out.items() if "linear leaves" in name} == reason


def test_linear_leaves_of_several_classes_are_neither_tried_nor_named(light):
    search = light_search(problem_of("multiclass", 200), explain=True)
    search.run()
    assert not any("linear_tree" in str(one.settings) for one in search.contenders)
    assert not any("linear leaves" in name for name in search.left_out)


def test_same_seed_gives_the_same_candidates(light):
    found = []
    for seed in (1, 1, 2):
        search = light_search(problem_of("binary", 60), seed=seed)
        search.run()
        found.append(outcome(search))
    assert found[0] == found[1] != found[2]


def test_no_candidate_is_fitted_after_the_deadline(light):
    search = light_search(problem_of("regression", 200))
    search.try_families()
    before = len(search.contenders)
    search.deadline = search.deadline.moved(search.started)
    search.tune()
    assert len(search.contenders) == before


def test_family_that_does_not_fit_into_the_time_is_left_out_and_named(light, monkeypatch):
    monkeypatch.setattr(auto, "FAMILIES", ("linear", "neural"))
    search = light_search(problem_of("binary", 200), time_limit=4.0)
    search.run()
    assert {one.family for one in search.candidates} == {"constant", "linear"}
    assert search.left_out == {"neural": f"needs about {5 * search._estimated_seconds('neural'):.0f} s"}


def test_family_that_loses_the_race_is_tuned_and_named_with_its_loss(light, monkeypatch):
    # The rule is linear, so that trees of one round are far behind.
    monkeypatch.setattr(auto, "first_settings", lambda *_, **__: [{}])
    monkeypatch.setattr(auto, "sample_settings", lambda *_, **__: {"rounds": 2})
    search = light_search(problem_of("regression", 200), rounds=1)
    search.run()
    assert {one.family for one in search.candidates} == {"constant", "linear"}
    assert sum(one.family == "trees" for one in search.contenders) == auto.CONTENDERS
    assert search.left_out["trees"].startswith("had a loss of ")


@pytest.mark.parametrize(
    ("network", "first", "count"),
    [(0.9, ["neural"], 6), (0.97, ["neural", "trees"], 3), (1.04, ["trees", "neural"], 1), (1.2, ["trees"], 0)],
)
def test_networks_are_tuned_first_where_they_lead_and_second_where_they_are_near(network, first, count):
    search = light_search(problem_of("binary", 60), clock=lambda: 0.0)
    losses = {"trees": 1.0, "neural": network}
    search.contenders = [Contender(family, {}, first_loss=loss, first_seconds=1.0) for family, loss in losses.items()]
    found = search._raced_families(auto.OPEN_RACES)
    assert found[: len(first)] == first
    assert found.count("neural") == count


def test_settings_that_were_tried_are_not_tried_again(monkeypatch):
    monkeypatch.setattr(auto, "RANDOM_SHARE", 0.0)
    monkeypatch.setattr(auto, "crossover", lambda sampled, best, rng: {**best})
    search = light_search(problem_of("regression", 60), clock=lambda: 0.0)
    search.contenders = [Contender("trees", {"leaves": 4}, first_loss=1.0)]
    found = [search._sampled("trees", np.random.default_rng(seed)).settings for seed in range(5)]
    assert {"leaves": 4} not in found
    assert len({str(settings) for settings in found}) == 5


def trees_of(loss, *kinds):
    return Contender("trees", {"parameters": dict.fromkeys(kinds, True)}, first_loss=loss)


@pytest.mark.parametrize("folds", [1, 5])
@pytest.mark.parametrize(
    ("contenders", "left_out"),
    [
        ([trees_of(1.0), trees_of(1.1, "extra_trees")], {"extra_trees"}),
        ([trees_of(1.0), trees_of(1.04, "extra_trees")], set()),
        ([trees_of(1.0), trees_of(1.1, "linear_tree")], set()),
        # Trees that have both are another kind, and the best ones keep what they have.
        ([trees_of(1.0, "extra_trees", "linear_tree"), trees_of(1.1, "extra_trees")], set()),
        ([trees_of(1.0), trees_of(1.1, "extra_trees"), trees_of(1.02, "extra_trees", "linear_tree")], {"extra_trees"}),
    ],
)
def test_kind_of_trees_that_lost_on_an_only_split_is_not_sampled_again(contenders, left_out, folds):
    search = light_search(problem_of("regression", 60), clock=lambda: 0.0)
    search.contenders, search.all_folds = contenders, folds
    found = search._hopeless({"parameters": {"extra_trees": True, "linear_tree": False}})
    assert set(found) == (left_out if folds == 1 else set())


@pytest.mark.parametrize(("left", "started"), [(0.0, 0), (5.0, 2), (100.0, 6)])
def test_race_starts_only_as_many_as_can_be_completed(light, monkeypatch, left, started):
    search = light_search(problem_of("binary", 60), clock=lambda: 0.0)
    search.contenders = [Contender("trees", {}, first_loss=0.5, first_seconds=1.0)]
    search.deadline = search.deadline.moved(left)
    # A third of them is fitted on four more folds.
    assert search._affordable([Contender("trees", {})] * 6) == started
    assert search._affordable([Contender("linear", {})] * 3) == 3


def test_race_on_an_only_split_leaves_time_for_longer_fits(light):
    search = light_search(problem_of("binary", 9), clock=lambda: 0.0)
    search.contenders = [Contender("trees", {}, first_loss=0.5, first_seconds=1.0)]
    search.deadline = search.deadline.moved(5.0)
    assert search.all_folds == 1
    assert search._affordable([Contender("trees", {})] * 6) == 2


def test_contenders_that_are_fitted_on_the_only_split_are_candidates_if_they_are_near_the_best(light, monkeypatch):
    monkeypatch.setattr(candidate, "MAX_FOLD_ROWS", 100)
    monkeypatch.setattr(auto, "FAMILIES", ("trees",))
    monkeypatch.setattr(auto.Search, "_first", lambda *_: [{}])
    monkeypatch.setattr(auto, "NEAR_BEST", 1.2)
    search = light_search(problem_of("regression", 400), rounds=20)
    search.try_families()
    assert search.all_folds == 1
    near = [Contender("trees", {"seed": seed}) for seed in range(6)]
    search._race([*near, Contender("trees", {"rounds": 1, "learning_rate": 1e-9})])
    raced = {one.settings["seed"] for one in search.candidates if "seed" in one.settings}
    least = min(one.first_loss for one in search.contenders)
    assert raced == {one.settings["seed"] for one in near if one.first_loss <= auto.NEAR_BEST * least}
    assert len(raced) > -(-7 // auto.KEPT_SHARE)
    assert not any("rounds" in one.settings for one in search.candidates)


def test_fewer_folds_are_used_where_one_takes_too_much_of_the_time():
    search = light_search(problem_of("binary", 200))
    contenders = [Contender("linear", {}, first_loss=0.5, seconds=1.0), Contender("trees", {}, 0.51, seconds=9.0)]
    search._choose_folds(contenders)
    assert search.cut == "2 of 5 folds"
    assert len(search.folds.problems) == 2
    search._choose_folds([contenders[0], Contender("trees", {}, 0.9, seconds=1e9)])
    assert len(search.folds.problems) == 2  # what is far behind does not count


@pytest.mark.parametrize(("seconds", "folds"), [(0.9, 5), (3.0, 3), (5.0, 2), (9.0, 2), (30.0, 1)])
def test_folds_are_fewer_where_fewer_hold_out_enough_rows(monkeypatch, seconds, folds):
    """There is time for 4 candidates on 5, 5, 4, 2 and 1 folds, for 8 on 5, 3, 2, 1 and 1; 2 folds have enough rows."""
    monkeypatch.setattr(auto, "ENOUGH_HELD_OUT", 500)
    search = light_search(problem_of("regression", 900), time_limit=100.0, clock=lambda: 0.0)
    search.deadline = search.deadline.moved(80.0)
    assert search._rows_of_fold() == 270
    search._choose_folds([Contender("linear", {}, first_loss=0.5, seconds=seconds)])
    assert len(search.folds.problems) == folds


@pytest.mark.parametrize(("ones", "rows"), [(100, 40.0), (10, 40 * 4 * 0.05 * 0.95), (0, 1.0)])
def test_rows_of_uneven_classes_count_less(ones, rows):
    search = light_search(problem_of("binary", 200))
    search.all_folds = 5
    search.folds = replace(search.folds, labels=(np.arange(200) < ones).astype(float))
    assert search._rows_of_fold() == pytest.approx(rows)


@pytest.mark.parametrize(("seconds", "is_completed"), [(1.0, True), (50.0, False)])
def test_family_that_is_behind_is_completed_if_that_is_cheap(light, monkeypatch, seconds, is_completed):
    monkeypatch.setattr(auto, "FAMILIES", ("linear", "trees"))
    ratios = []
    search = light_search(problem_of("binary", 200), time_limit=1000.0, clock=lambda: 0.0)

    def slow(contender, share):
        started = original(search, contender, share)
        contender.seconds = seconds if contender.family == "trees" else 0.1
        return started

    original = auto.Search._start
    monkeypatch.setattr(search, "_start", slow)
    monkeypatch.setattr(search, "_complete", lambda one, ratio=1.0: ratios.append((one.family, ratio)))
    monkeypatch.setattr(search, "_race", lambda _: None)
    search.try_families()
    assert ratios == [("trees", auto.FAMILY_RATIO if is_completed else 1.0)]


def test_slow_fit_of_the_simplest_family_keeps_its_first_fold(light):
    search = light_search(problem_of("binary", 200))
    contender = Contender("linear", {})
    contender.start(search.folds, search.settings, Deadline())
    contender.seconds = 1e6
    search._complete_required(contender)
    assert search.cut == "1 of 5 folds"
    assert [len(one.models) for one in search.candidates] == [1]


def test_time_to_export_a_contender_is_reserved_and_of_several_folds_that_to_fit_it_once_more():
    search = light_search(problem_of("binary", 200), clock=lambda: 0.0)
    contender = Contender("trees", {}, models=[SimpleNamespace(export_seconds=50.0)], seconds=20.0)
    assert search._missing_reserve(contender) == pytest.approx(MORE_ROWS * 20 + 50 - search.export_reserve)
    search._keep_folds(1)
    assert search._missing_reserve(contender) == pytest.approx(50 - search.export_reserve)
    assert search._missing_reserve(Contender("trees", {})) == 0


@pytest.mark.parametrize("seconds", [0.0, 3600.0])
def test_leaderboard_says_that_the_machine_gave_no_time(light, seconds):
    wall = iter([0.0, *[seconds * 20] * 1000])
    search = light_search(problem_of("binary", 60), auto.ProcessorClock(lambda: 0.0, lambda: next(wall)))
    search.limit = 1e9
    search.deadline = search.deadline.moved(1e9)
    search.run()
    assert ("hardly any time" in search.cut) is (seconds > 0)


def test_limit_too_short_for_the_smallest_model_is_refused_in_one_sentence(light):
    problem = problem_of("regression", 2000)
    with pytest.raises(NodeError) as error:
        light_search(problem, time_limit=0.01).run()
    assert error.value.what == "model.time_limit"
    assert "3,000 rows of 11 transformed columns" in error.value.expected
    assert error.value.received == "0.01"
    assert len(str(error.value).splitlines()) == 1


def test_limit_too_short_for_saving_the_smallest_model_is_refused_in_one_sentence(light):
    problem = wide_problem(columns=2_000, classes=2, rows=60)
    with pytest.raises(NodeError) as error:
        light_search(problem, time_limit=20.0).run()
    least = int(error.value.expected.removeprefix("at least ").split()[0])
    assert least > saving_seconds(problem.columns) > 20


def test_wide_table_of_many_classes_is_fitted_on_one_split_without_a_configured_limit(light, monkeypatch):
    monkeypatch.setattr(auto, "default_time_limit", lambda *_: 0.01)
    problem = wide_problem(columns=2_000, classes=20, rows=600)
    search = auto.Search(problem, SETTINGS)
    search.try_families()
    assert [one.family for one in search.candidates] == ["constant", "linear"]
    assert len(search.folds.problems) == 1
    assert search.candidates[1].models[0].strength == linear.STRENGTHS[0]
    assert search.left_out == {"trees": "was not ready in time"}
    assert search.cut == "1 of 5 folds"
    assert search.candidates[1].cut == "1 of 5 strengths"


def test_export_time_is_reserved_in_addition_to_the_time_of_saving():
    search = auto.Search(wide_problem(columns=100, classes=2, rows=60), {**SETTINGS, "time_limit": 10.0}, Clock())
    saving = saving_seconds(search.problem.columns)
    assert search.deadline.at - search.started == pytest.approx(10 - saving - search.export_reserve)
    assert 0 < search.export_reserve < 0.3 * 10


def test_few_rows_are_fitted(light):
    part = rows_of(8), np.array([0, 1] * 4, np.float32)
    search = light_search(Problem(COLUMNS, "binary", 0, part, part))
    search.run()
    assert search.all_folds == 1
    assert {"constant", "linear"} <= {one.family for one in search.candidates}
