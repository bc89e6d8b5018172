"""The family `trees`: LightGBM's models, and what goes by the number of rows."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from modules.families.deadline import Deadline
from modules.families.problem import Columns, Problem, loss_of
from modules.families.trees import training
from penstock.core.errors import NodeError
from tests.modules.families.clocks import Clock
from tests.modules.families.problems import COLUMNS, SETTINGS, categories_problem, problem_of, rows_of

TASKS = ("binary", "multiclass", "regression")


@pytest.mark.parametrize("task", TASKS)
def test_rule_is_learned_and_the_same_seed_gives_the_same_trees(task):
    problem = problem_of(task, 1000)
    first, again = (training.train(problem, {**SETTINGS, "rounds": 25}) for _ in range(2))
    rows, labels = problem.validation
    scores = first.predict(rows)
    np.testing.assert_array_equal(scores, again.predict(rows))
    other = training.train(problem, {**SETTINGS, "rounds": 25, "seed": 4})
    assert not np.allclose(scores, other.predict(rows))
    known = problem.train[1]
    constant = [np.mean(known == number) for number in range(3)] if task == "multiclass" else [known.mean()]
    assert loss_of(task, labels, scores) < 0.8 * loss_of(task, labels, np.tile(constant, (len(labels), 1)))


@pytest.mark.parametrize("task", TASKS)
def test_rounds_with_the_least_validation_loss_are_kept(task):
    problem = problem_of(task)
    trained = training.train(problem, {**SETTINGS, "learning_rate": 0.5})
    curves = trained.curves
    assert [row["epoch"] for row in curves] == list(range(len(curves)))
    best = min(range(len(curves)), key=lambda number: curves[number]["val_loss"])
    assert trained.booster.num_trees() == (best + 1) * trained.units
    assert len(curves) == best + 1 + training.PATIENCE < training.MAX_ROUNDS  # at a rate of 0.5
    found = loss_of(task, problem.validation[1], trained.predict(problem.validation[0]))
    found = found**2 if task == "regression" else found
    assert found == pytest.approx(curves[best]["val_loss"], rel=1e-6)


@pytest.mark.slow
def test_fitting_ends_before_its_last_round_where_the_time_is_over():
    problem = problem_of("regression", 3000)
    trained = training.train(problem, {**SETTINGS, "learning_rate": 0.001, "leaves": 200}, deadline=Deadline.after(0.5))
    assert 1 <= len(trained.curves) < training.MAX_ROUNDS
    assert trained.cut == f"{len(trained.curves)} of at most {training.MAX_ROUNDS} rounds"


@pytest.mark.parametrize(("jump", "rounds", "cut"), [(None, 8, ""), (1, 1, "1 of at most 8 rounds"), (4, 4, "4 of at")])
def test_rounds_end_where_the_clock_has_passed_the_deadline_and_say_so(jump, rounds, cut):
    problem = problem_of("binary", 200)
    trained = training.train(problem, {**SETTINGS, "rounds": 8}, Deadline(1e6, Clock(jump)))
    assert len(trained.curves) == rounds
    assert trained.cut[:7] == cut[:7]
    # What is kept is the best of the rounds that were made, and predicts what their curve says.
    losses = [curve["val_loss"] for curve in trained.curves]
    found = loss_of("binary", problem.validation[1], trained.predict(problem.validation[0]))
    assert found == pytest.approx(min(losses), rel=1e-6)


def test_balanced_classes_raise_the_scores_of_the_rare_one():
    problem = problem_of("binary", 1000)
    rare = (problem.train[1] > 0) & (np.arange(1000) % 8 > 0)
    kept = {name: values[~rare] for name, values in problem.train[0].items()}, problem.train[1][~rare]
    problem = Problem(COLUMNS, "binary", 0, kept, problem.validation)
    plain, balanced = (training.train(problem, {**SETTINGS, "class_weights": value}) for value in (None, "balanced"))
    rows = rows_of(200, seed=7)
    assert balanced.predict(rows).mean() > plain.predict(rows).mean() + 0.1


@pytest.mark.parametrize(
    ("task", "labels"), [("binary", [1]), ("regression", [3.5]), ("multiclass", [0]), ("binary", [0, 0, 0, 1])]
)
def test_few_rows_can_be_fitted(task, labels):
    part = rows_of(len(labels)), np.array(labels, np.float32)
    trained = training.train(Problem(COLUMNS, task, 3 if task == "multiclass" else 0, part, part), SETTINGS)
    assert np.isfinite(trained.predict(part[0])).all()


@pytest.mark.slow
def test_categories_of_a_small_table_decide_a_label_of_several_classes():
    table = categories_problem(rows=170, classes=7)
    trained = training.train(table, SETTINGS)
    chance = np.bincount(table.validation[1], minlength=7) / len(table.validation[1])
    constant = loss_of("multiclass", table.validation[1], np.tile(chance, (len(table.validation[1]), 1)))
    assert loss_of("multiclass", table.validation[1], trained.predict(table.validation[0])) < 0.4 * constant
    default = {"parameters": {"min_data_per_group": 100, "cat_smooth": 10, "cat_l2": 10}}
    assert training.train(table, {**SETTINGS, **default}).loss > 2 * trained.loss


@pytest.mark.slow
@pytest.mark.parametrize("rows", [170, 900])
def test_small_table_takes_sets_or_ranks_of_categories_whichever_has_less_loss(rows):
    table = categories_problem(rows, classes=3)
    both = [training.train(table, {**SETTINGS, "ranked": ranked}) for ranked in (False, True)]
    fitted = training.fit(table, SETTINGS)
    assert fitted.report["rounds"] == min(both, key=lambda one: one.loss).rounds


@pytest.mark.parametrize("task", TASKS)
def test_trees_of_all_rows_have_the_rounds_that_are_asked_for(task):
    problem = problem_of(task, 200)
    trained = training.retrain(problem, SETTINGS, 7)
    assert (trained.rounds, trained.curves, trained.cut) == (7, [], "")
    rows, labels = problem.validation
    short = training.train(problem, {**SETTINGS, "rounds": 7})
    # It has seen these rows.
    assert loss_of(task, labels, trained.predict(rows)) < loss_of(task, labels, short.predict(rows))


def test_cost_grows_with_the_trees_and_with_their_leaves():
    problem = problem_of("binary", 1000)
    small, more, larger = (
        training.train(problem, {**SETTINGS, "learning_rate": 0.001, "rounds": rounds, "leaves": leaves}).cost
        for rounds, leaves in ((5, 8), (50, 8), (50, 80))
    )
    assert small.microseconds < more.microseconds < larger.microseconds
    assert small.megabytes < more.megabytes < larger.megabytes < 10


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("ranked", "sets"), [(False, True), (True, False)])
def test_words_are_split_by_sets_of_them_unless_they_are_ranked(ranked, sets):
    trained = training.train(problem_of("binary", 1000), {**SETTINGS, "ranked": ranked, "rounds": 20})
    assert ("cat_threshold=" in trained.booster.model_to_string()) is sets


def test_columns_without_spread_can_be_fitted():
    columns = Columns(["a_xf"], ["a_xf_missing"], {})
    rows = {"a_xf": np.zeros(50, np.float32), "a_xf_missing": np.zeros(50, np.float32)}
    part = rows, np.arange(50).astype(np.float32)
    trained = training.train(Problem(columns, "regression", 0, part, part), SETTINGS)
    np.testing.assert_allclose(trained.predict(rows), 24.5, rtol=1e-6)


@pytest.mark.parametrize(
    ("rows", "leaves", "rate", "rounds", "least"),
    [
        (30, 8, 0.05, 5000, 1),
        (150, 8, 0.05, 5000, 3),
        (10_000, 25, 0.05, 5000, 20),
        (100_000, 127, 0.05, 1500, 20),
        (1_000_000, 127, 0.1, 300, 20),
    ],
)
def test_larger_table_gets_larger_trees_in_fewer_rounds(rows, leaves, rate, rounds, least):
    problem = Problem(COLUMNS, "binary", 0, ({}, np.zeros(rows)), ({}, np.zeros(1)))
    parameters, most = training.parameters_of(problem, SETTINGS)
    assert (parameters["num_leaves"], parameters["learning_rate"], most) == (leaves, rate, rounds)
    assert parameters["min_data_in_leaf"] == least


def test_large_regression_of_waves_and_products_is_not_underfitted():
    """Trees of 8 leaves need more rounds than there are, see the table `regression` of benchmarks/quality."""
    draw = np.random.default_rng(7)

    def part(count):
        columns = {f"{name}_xf": draw.uniform(-3, 3, count).astype(np.float32) for name in "abcd"}
        a, b, c, d = columns.values()
        return columns, (
            np.sin(2 * a) * np.cos(2 * b) + np.sin(a * b) + 0.4 * c * d + draw.normal(0, 0.5, count)
        ).astype(np.float32)

    problem = Problem(Columns([f"{name}_xf" for name in "abcd"], [], {}), "regression", 0, part(20_000), part(4_000))
    by_default, small = (training.train(problem, {**SETTINGS, **own}) for own in ({}, {"leaves": 8, "rounds": 2_000}))
    rows, labels = problem.validation
    assert small.rounds == len(small.curves) == 2_000
    assert by_default.rounds < len(by_default.curves) < 2_000
    losses = [loss_of("regression", labels, trained.predict(rows)) for trained in (by_default, small)]
    assert losses[0] < 0.95 * losses[1]


@pytest.mark.parametrize(("rows", "leaves"), [(150, 8), (2_400, 16), (13_800, 31), (30_000, 42)])
def test_regression_gets_larger_trees_than_classes_of_as_many_rows(rows, leaves):
    assert training.default_leaves(rows, "regression") == leaves >= training.default_leaves(rows, "binary")


@pytest.mark.parametrize(("rows", "group", "smoothing"), [(30, 3, 1.0), (166, 6, 1.0), (1_000, 40, 5.0)])
def test_few_rows_smooth_splits_by_categories_less(rows, group, smoothing):
    found = training.category_smoothing(rows)
    assert found == {"min_data_per_group": group, "cat_smooth": smoothing, "cat_l2": smoothing}
    assert training.category_smoothing(10**6) == {"min_data_per_group": 100, "cat_smooth": 10.0, "cat_l2": 10.0}


def test_configured_parameters_are_used():
    settings = {**SETTINGS, "rounds": 7, "leaves": 5, "learning_rate": 0.2, "parameters": {"lambda_l2": 4}}
    problem = Problem(COLUMNS, "binary", 0, ({}, np.zeros(9)), ({}, np.zeros(1)))
    parameters, most = training.parameters_of(problem, settings)
    assert most == 7
    assert {"num_leaves": 5, "learning_rate": 0.2, "lambda_l2": 4}.items() <= parameters.items()


def test_machine_without_the_library_of_lightgbm_gets_an_error_that_names_it(tmp_path, monkeypatch):
    (tmp_path / "lightgbm.py").write_text("raise OSError('libgomp.so.1: cannot open shared object file')")
    for name in [name for name in sys.modules if name.partition(".")[0] == "lightgbm"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(NodeError, match=r"expected the system's libgomp\.so\.1.*install it"):
        training.train(problem_of("binary", 50), SETTINGS)


def test_trees_of_all_rows_keep_a_monotonic_constraint():
    problem = replace(problem_of("regression", 300), monotonic={"miles_xf": -1})
    for trained in (training.train(problem, SETTINGS), training.retrain(problem, SETTINGS, 40)):
        rows = {name: np.repeat(values[:1], 50, axis=0) for name, values in rows_of(20, seed=5).items()}
        rows["miles_xf"], rows["miles_xf_missing"] = np.linspace(-3, 3, 50, dtype=np.float32), np.zeros(50, np.float32)
        assert (np.diff(trained.predict(rows)[:, 0]) <= 1e-9).all()
