"""The family `trees`: LightGBM on the transformed columns, exported as standard TensorFlow operations."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from modules.families.deadline import Deadline
from modules.families.problem import Fitted, Problem, row_weights
from modules.families.trees.columns import TreeColumns
from penstock.core.errors import NodeError
from penstock.core.features import Task

THREADS = 2
LEARNING_RATE, LARGE_LEARNING_RATE, LARGE = 0.05, 0.1, 200_000
MAX_ROUNDS, MIN_ROUNDS, ENOUGH_ROWS = 2000, 300, 60_000_000
PATIENCE = 40
# On four generated tables with missing values, LightGBM 3.3.5 broke 78 of 400,000 probes with `intermediate` and 3,958
# with `advanced`, with greater losses; with this method none.
MONOTONE_METHOD = "basic"
# Bagging needs at least this many rows.
MIN_BAGGED_ROWS = 20
# The estimated seconds of an export per tree and per leaf.
EXPORT_TREE, EXPORT_LEAF = 2e-4, 2.5e-5
# The default number of leaves: one for this many rows, within bounds.
ROWS_PER_LEAF, MIN_LEAVES, MAX_LEAVES = 700, 8, 127
_METRICS = {"binary": "binary_logloss", "multiclass": "multi_logloss", "regression": "l2"}


@dataclass(frozen=True)
class Trained:
    """A model of LightGBM.

    Attributes:
        booster: LightGBM's model, with the rounds up to the least validation loss.
        columns: The columns that it was fitted on.
        task: The task; LightGBM's objectives have the same names.
        units: Scores per row.
        curves: Training and validation loss of each round.
        leaves: The maximum number of leaves of a tree.
        cut: The rounds that were fitted, in words, if the deadline ended them; empty otherwise.
    """

    booster: Any
    columns: TreeColumns
    task: Task
    units: int
    curves: list[dict[str, float]]
    leaves: int
    cut: str = ""

    @property
    def export_seconds(self) -> float:
        """The estimated seconds to export the trees."""
        return self.booster.num_trees() * (EXPORT_TREE + self.leaves * EXPORT_LEAF)

    def predict(self, rows: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return LightGBM's own predictions, [rows, units]."""
        scores = np.asarray(self.booster.predict(self.columns.matrix(rows), num_threads=THREADS))
        return scores.reshape(-1, self.units)

    def export(self) -> Any:
        """Return the trees as a TensorFlow module over the transformed columns."""
        from modules.families.trees.forest import trees_model

        return trees_model([self], [1.0])


def fit(problem: Problem, settings: Mapping[str, Any]) -> Fitted:
    """Return gradient-boosted trees, with early stopping at the least validation loss.

    Method: Ke and others: LightGBM: A Highly Efficient Gradient Boosting Decision Tree, NeurIPS 2017.

    Args:
        problem: Columns, task and rows.
        settings: `seed`, `rounds`, `leaves`, `learning_rate` and `class_weights` of the configuration.
    """
    trained = train(problem, settings)
    report = {"rounds": trained.booster.num_trees() // trained.units}
    return Fitted(trained.export(), trained.curves, report)


def train(problem: Problem, settings: Mapping[str, Any], deadline: Deadline | None = None) -> Trained:
    """Return trees before they are exported.

    Args:
        problem: Columns, task and rows.
        settings: Those of `fit`; also any parameter of LightGBM under `parameters`, and `ranked` for splits by the
            ranks of categories instead of sets of them.
        deadline: The latest time to end.
    """
    lightgbm = _lightgbm()
    columns = TreeColumns(problem.columns)
    units = problem.classes if problem.task == "multiclass" else 1
    parameters, rounds = parameters_of(problem, settings)
    if problem.monotonic:
        parameters["monotone_constraints"] = columns.directions(problem.monotonic)
        parameters["monotone_constraints_method"] = MONOTONE_METHOD
    if columns.categories:
        # As an argument, LightGBM 3 wants it of `train` as well, and LightGBM 4 does not take it there. It warns about
        # this parameter under its main name, but not under this one.
        parameters["categorical_column"] = sorted(columns.categories)
    unused = list(columns.categories) if settings.get("ranked") else columns.ranks
    sets: list[Any] = []
    for rows in (problem.train, problem.validation):
        weights = row_weights(rows[1], problem.task, settings.get("class_weights"))
        reference = sets[0] if sets else None
        # LightGBM ignores a feature that is constant.
        matrix = columns.matrix(rows[0])
        matrix[:, unused] = 0
        data = lightgbm.Dataset(matrix, rows[1], weight=weights, reference=reference, params=parameters)
        sets.append(data.construct())
    evaluations: dict[str, Any] = {}
    last_rounds: list[int] = []
    callbacks = [lightgbm.early_stopping(PATIENCE, verbose=False), lightgbm.record_evaluation(evaluations)]
    if deadline is not None:
        callbacks.append(_stop_at(deadline, last_rounds))
    booster = lightgbm.train(
        parameters,
        sets[0],
        rounds,
        valid_sets=sets,
        valid_names=["training", "validation"],
        callbacks=callbacks,
    )
    losses = [evaluations[part][_METRICS[problem.task]] for part in ("training", "validation")]
    curves = [{"epoch": n, "loss": a, "val_loss": b} for n, (a, b) in enumerate(zip(*losses, strict=True))]
    best = min(range(len(curves)), key=lambda number: curves[number]["val_loss"]) + 1
    pruned = lightgbm.Booster(model_str=booster.model_to_string(num_iteration=best))
    cut = f"{len(curves)} of at most {rounds} rounds" if last_rounds and len(curves) < rounds else ""
    return Trained(pruned, columns, problem.task, units, curves, parameters["num_leaves"], cut)


def parameters_of(problem: Problem, settings: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """Return LightGBM's parameters and the maximum number of rounds; the number of rows decides the defaults."""
    rows = len(problem.train[1])
    rate = settings.get("learning_rate") or (LEARNING_RATE if rows < LARGE else LARGE_LEARNING_RATE)
    leaves = settings.get("leaves") or int(np.clip(rows // ROWS_PER_LEAF, MIN_LEAVES, MAX_LEAVES))
    rounds = settings.get("rounds") or int(np.clip(ENOUGH_ROWS // rows, MIN_ROUNDS, MAX_ROUNDS))
    parameters = {
        "objective": problem.task,
        "metric": _METRICS[problem.task],
        "learning_rate": rate,
        "num_leaves": leaves,
        "min_data_in_leaf": int(np.clip(rows // 50, 1, 20)),
        "feature_fraction": 0.5,
        "bagging_fraction": 0.8,
        "bagging_freq": 1 if rows >= MIN_BAGGED_ROWS else 0,
        "seed": settings["seed"] % 2**31,
        "num_threads": THREADS,
        "deterministic": True,
        # LightGBM would choose one by measuring time, so that the result would not be reproducible.
        "force_row_wise" if len(problem.columns.names) < 200 else "force_col_wise": True,
        "verbosity": -1,
        **({"num_class": problem.classes} if problem.task == "multiclass" else {}),
        **settings.get("parameters", {}),
    }
    return parameters, rounds


def _lightgbm() -> ModuleType:
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
