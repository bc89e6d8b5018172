"""The family `trees`: LightGBM on the transformed columns, exported as standard TensorFlow operations."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import ModuleType
from typing import Any

import numpy as np

from modules.families.cost import Cost
from modules.families.deadline import Deadline
from modules.families.links import Link, link_of, predictions
from modules.families.problem import Fitted, Problem, Rows, joined, weights_of
from modules.families.trees.columns import TreeColumns
from modules.families.trees.linear_fitting import Limits, is_linear, limits_of, within
from modules.families.trees.objectives import (
    HuberObjective,
    Objective,
    OrdinalObjective,
    arguments_of,
    objective_of,
    unit_weight,
)
from modules.families.trees.openmp import limit_spins
from modules.families.trees.shape import Shape, cost_of, shape_of
from penstock.core.errors import NodeError
from penstock.core.features import Task

# A second thread costs more processor time than it saves wall time below this many values.
THREADS, MIN_SHARED_VALUES = 2, 2_000_000
LEARNING_RATE, LARGE_LEARNING_RATE, LARGE = 0.05, 0.1, 200_000
MAX_ROUNDS, MIN_ROUNDS, ENOUGH_ROWS = 5000, 300, 150_000_000
# Rounds without a gain before the end; more with a small learning rate, in which each round gains less.
PATIENCE, MAX_PATIENCE, PATIENCE_RATE = 40, 150, 2.5
# On four generated tables with missing values, LightGBM 3.3.5 broke 78 of 400,000 probes with `intermediate` and 3,958
# with `advanced`, with greater losses; with this method none.
MONOTONE_METHOD = "basic"
# Bagging needs at least this many rows.
MIN_BAGGED_ROWS = 20
# The estimated seconds of an export per tree and per leaf.
EXPORT_TREE, EXPORT_LEAF = 1.5e-4, 1.7e-5
# What explanations and linear functions add to a leaf.
EXPLAINED_LEAF, EXPORT_LINEAR_LEAF = 1.5e-5, 1e-5
# The default number of leaves: one for this many rows, more rows beyond USUAL_LEAVES. A class says less than a number.
MIN_LEAVES, USUAL_LEAVES, MAX_LEAVES = 8, 31, 127
ROWS_PER_NUMBER_LEAF, ROWS_PER_CLASS_LEAF, MORE_ROWS_PER_LEAF = 150, 400, 700
# Smoothing of splits by sets of categories: LightGBM's defaults suit some thousand rows, fewer rows need less of it.
CATEGORY_SMOOTHING, ROWS_PER_SMOOTHING = 10.0, 200
GROUP_ROWS, MIN_GROUP_ROWS, ROWS_PER_GROUP_ROW = 100, 3, 25
# With at most this many rows, `trees` compares splits by sets of categories with splits by their ranks.
RANKS_TRIED_ROWS = 5_000


@dataclass(frozen=True)
class Trained:
    """A model of LightGBM.

    Attributes:
        booster: LightGBM's model, with the rounds up to the least validation loss.
        columns: The columns that it was fitted on.
        units: Trees per round.
        curves: Training and validation loss of each round.
        leaves: The maximum number of leaves of a tree.
        cut: The rounds that were fitted, in words, if the deadline ended them; empty otherwise.
        explained: Whether the exported model explains its scores.
        limits: The limits of each feature if leaves are linear, see `linear_fitting`; else None.
        link: The link of the scores.
        offsets: What is added to the score by an objective of ours: [classes - 1] of ordinal classes, [1] of a number.
    """

    booster: Any
    columns: TreeColumns
    units: int
    curves: list[dict[str, float]]
    leaves: int
    cut: str = ""
    explained: bool = False
    limits: Limits | None = None
    link: Link = "identity"
    offsets: np.ndarray | None = None

    @property
    def rounds(self) -> int:
        """The number of rounds that were kept."""
        return int(self.booster.num_trees()) // self.units

    @property
    def kept_share(self) -> float:
        """The rounds that were kept, as a share of those that were fitted."""
        return self.rounds / len(self.curves) if self.curves else 1.0

    @property
    def loss(self) -> float:
        """The least validation loss."""
        return min(curve["val_loss"] for curve in self.curves)

    @cached_property
    def shape(self) -> Shape:
        """What the cost of serving the trees follows from."""
        return shape_of(self.booster.model_to_string(), explained=self.explained)

    @property
    def cost(self) -> Cost:
        """The estimated cost of serving the trees alone."""
        return cost_of([(self.shape, 1.0)])

    @property
    def export_seconds(self) -> float:
        """The estimated seconds to export the trees."""
        leaf = EXPORT_LEAF + self.explained * EXPLAINED_LEAF + (self.limits is not None) * EXPORT_LINEAR_LEAF
        return self.shape.trees * EXPORT_TREE + self.shape.leaves * leaf

    def predict(self, rows: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return predictions: LightGBM's own, or those of an objective of ours, [rows, units]."""
        matrix = within(self.columns.matrix(rows), self.limits)
        scores = np.asarray(self.booster.predict(matrix, num_threads=1)).reshape(-1, self.units)
        return scores if self.offsets is None else predictions(self.link, scores + self.offsets)

    def first_rounds(self, count: int) -> "Trained":
        """Return the model of the first rounds alone."""
        text = self.booster.model_to_string(num_iteration=count)
        return replace(self, booster=library().Booster(model_str=text), cut="")

    def export(self) -> Any:
        """Return the trees as a TensorFlow module over the transformed columns."""
        from modules.families.trees.forest import trees_model

        return trees_model([self], [1.0])


def fit(problem: Problem, settings: Mapping[str, Any]) -> Fitted:
    """Return gradient-boosted trees, with early stopping at the least validation loss.

    In a small table, categories are split by sets of values or by ranks, whichever has the least validation loss.
    Method: Ke and others: LightGBM: A Highly Efficient Gradient Boosting Decision Tree, NeurIPS 2017.

    Args:
        problem: Columns, task and rows.
        settings: `seed`, `rounds`, `leaves`, `learning_rate`, `class_weights` and `explain` of the configuration.
    """
    trained = train(problem, settings)
    if problem.columns.categories and len(problem.train[1]) <= RANKS_TRIED_ROWS and "ranked" not in settings:
        trained = min(trained, train(problem, {**settings, "ranked": True}), key=lambda one: one.loss)
    report = {"rounds": trained.rounds}
    return Fitted(trained.export(), trained.curves, report)


def train(problem: Problem, settings: Mapping[str, Any], deadline: Deadline | None = None) -> Trained:
    """Return trees before they are exported.

    Args:
        problem: Columns, task and rows.
        settings: Those of `fit`; also any parameter of LightGBM under `parameters`, and `ranked` for splits by the
            ranks of categories instead of sets of them.
        deadline: The latest time to end.
    """
    lightgbm = library()
    columns = TreeColumns(problem.columns)
    parameters, rounds = parameters_of(problem, settings)
    sets, limits = _datasets(problem, columns, parameters, settings, [problem.train, problem.validation])
    evaluations: dict[str, Any] = {}
    last_rounds: list[int] = []
    patience = int(np.clip(PATIENCE_RATE / parameters["learning_rate"], PATIENCE, MAX_PATIENCE))
    objective = _objective(problem, settings, problem.train)
    callbacks = [lightgbm.early_stopping(patience, verbose=False), lightgbm.record_evaluation(evaluations)]
    if deadline is not None:
        callbacks.append(_stop_at(deadline, last_rounds))
    options = {"valid_sets": sets, "valid_names": ["training", "validation"], "callbacks": callbacks}
    booster = _boosted(sets, parameters, objective, num_boost_round=rounds, **options)
    losses = [next(iter(evaluations[part].values())) for part in ("training", "validation")]
    curves = [{"epoch": n, "loss": a, "val_loss": b} for n, (a, b) in enumerate(zip(*losses, strict=True))]
    best = min(range(len(curves)), key=lambda number: curves[number]["val_loss"]) + 1
    pruned = lightgbm.Booster(model_str=booster.model_to_string(num_iteration=best))
    cut = f"{len(curves)} of at most {rounds} rounds" if last_rounds and len(curves) < rounds else ""
    explained = bool(settings.get("explain"))
    rest = curves, parameters["num_leaves"], cut, explained, limits
    return _trained(problem, columns, pruned, objective, rest)


def retrain(problem: Problem, settings: Mapping[str, Any], rounds: int) -> Trained:
    """Return trees of a known number of rounds, fitted to the training and validation rows together.

    Args:
        problem: Columns, task and rows.
        settings: Those of `train`.
        rounds: The rounds, which earlier fits showed to be the best.
    """
    columns = TreeColumns(problem.columns)
    both = joined(problem.train, problem.validation, problem.columns)
    parameters, _ = parameters_of(replace(problem, train=both), settings)
    [rows], limits = _datasets(problem, columns, parameters, settings, [both])
    objective = _objective(problem, settings, both)
    booster = _boosted([rows], parameters, objective, num_boost_round=rounds)
    kept = library().Booster(model_str=booster.model_to_string())
    explained = bool(settings.get("explain"))
    return _trained(problem, columns, kept, objective, ([], parameters["num_leaves"], "", explained, limits))


def _boosted(sets: Sequence[Any], parameters: dict[str, Any], objective: Objective | None, **options: Any) -> Any:
    """Return LightGBM's model of the first set; of an objective of ours a constant if no column can be split."""
    lightgbm = library()
    try:
        return lightgbm.train(train_set=sets[0], **options, **arguments_of(parameters, objective))
    except lightgbm.basic.LightGBMError as error:
        # LightGBM 3 ends with this where an objective of its own gives a tree without splits.
        if objective is None or "num_features" not in str(error):
            raise
    for rows in sets:
        rows.set_init_score(np.zeros(rows.num_data()))  # else the constant of the tree is the mean of the labels
    constant = {**parameters, "objective": "regression"}
    feval = {"feval": objective.measure} if "valid_sets" in options else {}
    return lightgbm.train(constant, sets[0], **{**options, "num_boost_round": 1}, **feval)


def _trained(
    problem: Problem,
    columns: TreeColumns,
    booster: Any,
    objective: Objective | None,
    rest: tuple[list[dict[str, float]], int, str, bool, Limits | None],
) -> Trained:
    """Return the model with its link, and with what an objective of ours adds to its scores."""
    units = problem.classes if problem.task == "multiclass" and objective is None else 1
    offsets = objective.final(booster) if objective else None
    return Trained(booster, columns, units, *rest, link_of(problem), offsets)


def _objective(problem: Problem, settings: Mapping[str, Any], rows: Rows) -> Objective | None:
    """Return our objective over the rows that are fitted; None if LightGBM's own is used."""
    weights = weights_of(rows, problem.task, settings.get("class_weights"))
    if problem.task == "regression" and problem.loss.name == "huber":
        return HuberObjective(problem.loss, rows[1], weights)
    if not problem.ordinal:
        return None
    matrix = TreeColumns(problem.columns).matrix
    return OrdinalObjective(rows[1], problem.classes, weights, lambda: matrix(rows[0]))


def _datasets(
    problem: Problem,
    columns: TreeColumns,
    parameters: dict[str, Any],
    settings: Mapping[str, Any],
    parts: Sequence[Rows],
) -> tuple[list[Any], Limits | None]:
    """Return LightGBM's form of some rows, with the bins and limits of the first part; complete the parameters."""
    if problem.monotonic:
        parameters["monotone_constraints"] = columns.directions(problem.monotonic)
        parameters["monotone_constraints_method"] = MONOTONE_METHOD
    if columns.categories:
        # As an argument, LightGBM 3 wants it of `train` as well, and LightGBM 4 does not take it there. It warns about
        # this parameter under its main name, but not under this one.
        parameters["categorical_column"] = sorted(columns.categories)
    unused = list(columns.categories) if settings.get("ranked") else columns.ranks
    sets: list[Any] = []
    unit, limits = unit_weight(problem), None
    for rows in parts:
        weights = weights_of(rows, problem.task, settings.get("class_weights"))
        if unit != 1:
            weights = np.full(len(rows[1]), unit) if weights is None else weights * unit
        matrix = columns.matrix(rows[0])
        if is_linear(settings):
            limits = limits or limits_of(matrix, columns)
            matrix = within(matrix, limits)
        # LightGBM ignores a feature that is constant.
        matrix[:, unused] = 0
        reference = sets[0] if sets else None
        data = library().Dataset(matrix, rows[1], weight=weights, reference=reference, params=parameters)
        sets.append(data.construct())
    return sets, limits


def parameters_of(problem: Problem, settings: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """Return LightGBM's parameters and the maximum number of rounds; the number of rows decides the defaults."""
    rows = len(problem.train[1])
    rate = settings.get("learning_rate") or (LEARNING_RATE if rows < LARGE else LARGE_LEARNING_RATE)
    leaves = settings.get("leaves") or default_leaves(rows, problem.task)
    rounds = settings.get("rounds") or int(np.clip(ENOUGH_ROWS // rows, MIN_ROUNDS, MAX_ROUNDS))
    parameters = {
        **objective_of(problem),
        "learning_rate": rate,
        "num_leaves": leaves,
        "min_data_in_leaf": int(np.clip(rows // 50, 1, 20)),
        "feature_fraction": 0.5,
        "bagging_fraction": 0.8,
        "bagging_freq": 1 if rows >= MIN_BAGGED_ROWS else 0,
        "seed": settings["seed"] % 2**31,
        "num_threads": THREADS if rows * problem.columns.width >= MIN_SHARED_VALUES else 1,
        **category_smoothing(rows),
        "deterministic": True,
        # LightGBM would choose one by measuring time, so that the result would not be reproducible.
        "force_row_wise" if len(problem.columns.names) < 200 else "force_col_wise": True,
        "verbosity": -1,
        **settings.get("parameters", {}),
    }
    return parameters, rounds


def default_leaves(rows: int, task: Task) -> int:
    """Return the number of leaves of a tree, which grows with the number of training rows."""
    each = ROWS_PER_NUMBER_LEAF if task == "regression" else ROWS_PER_CLASS_LEAF
    few = np.clip(rows // each, MIN_LEAVES, USUAL_LEAVES)
    return int(np.clip(rows // MORE_ROWS_PER_LEAF, few, MAX_LEAVES))


def category_smoothing(rows: int) -> dict[str, Any]:
    """Return LightGBM's parameters of splits by sets of categories: fewer rows allow smaller sets, smoothed less."""
    smoothing = float(np.clip(rows / ROWS_PER_SMOOTHING, 1.0, CATEGORY_SMOOTHING))
    group = int(np.clip(rows // ROWS_PER_GROUP_ROW, MIN_GROUP_ROWS, GROUP_ROWS))
    return {"min_data_per_group": group, "cat_smooth": smoothing, "cat_l2": smoothing}


def library() -> ModuleType:
    """Return LightGBM.

    Raises:
        NodeError: The system has no libgomp.
    """
    limit_spins()
    try:
        import lightgbm
    except OSError as error:
        raise NodeError(
            "LightGBM cannot be loaded",
            "the system's libgomp.so.1",
            str(error),
            "install it (`libgomp1` on Debian and Ubuntu, `libgomp` elsewhere), or choose another model.family",
        ) from None
    return lightgbm


def _stop_at(deadline: Deadline, last_rounds: list[int]) -> Callable[[Any], None]:
    """Return a callback that ends fitting if the next round would end after the deadline, and notes the last one."""
    from lightgbm.callback import EarlyStopException

    started = deadline.now()

    def stop(environment: Any) -> None:
        now = deadline.now()
        if now + (now - started) / (environment.iteration + 1) > deadline.at:
            last_rounds.append(environment.iteration)
            raise EarlyStopException(environment.iteration, environment.evaluation_result_list)

    stop.order = 40  # type: ignore[attr-defined]
    return stop
