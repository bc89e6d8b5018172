"""The family `trees`: LightGBM on the transformed columns, exported as plain TensorFlow operations."""

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
MOST_ROUNDS, FEWEST_ROUNDS, ENOUGH_ROWS = 2000, 300, 60_000_000
PATIENCE = 40
# Of fewer rows none is left out.
FEWEST_BAGGED = 20
# Seconds per tree and per leaf that an export takes.
EXPORT_TREE, EXPORT_LEAF = 2e-4, 2.5e-5
# One more leaf for so many rows, within bounds.
ROWS_PER_LEAF, FEWEST_LEAVES, MOST_LEAVES = 700, 8, 127
_METRICS = {"binary": "binary_logloss", "multiclass": "multi_logloss", "regression": "l2"}


@dataclass(frozen=True)
class Trained:
    """Trees as LightGBM has them.

    Attributes:
        booster: LightGBM's model, with as many rounds as the validation rows asked for.
        columns: The columns that it takes.
        task: What it predicts; LightGBM calls its objectives by the same names.
        units: Scores per row.
        curves: Training and validation loss of each round.
        leaves: The most leaves of a tree.
        cut: What of the rounds the deadline left out, in words; empty where fitting ended by itself.
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
        """About how many seconds it takes to export the trees."""
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
    """Return gradient-boosted trees with as many rounds as have the least validation loss.

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
        settings: As `fit` takes them; also any parameter of LightGBM under `parameters`, and `ranked` for splits by the
            ranks of categories in place of sets of them.
        deadline: When to stop at the latest.
    """
    lightgbm = _lightgbm()
    columns = TreeColumns(problem.columns)
    units = problem.classes if problem.task == "multiclass" else 1
    parameters, rounds = parameters_of(problem, settings)
    unused = list(columns.categories) if settings.get("ranked") else columns.ranks
    sets: list[Any] = []
    for rows in (problem.train, problem.validation):
        weights = row_weights(rows[1], problem.task, settings.get("class_weights"))
        reference = sets[0] if sets else None
        # LightGBM leaves out a feature that is the same in every row.
        matrix = columns.matrix(rows[0])
        matrix[:, unused] = 0
        sets.append(_dataset(matrix, rows[1], columns, weights=weights, parameters=parameters, reference=reference))
    found: dict[str, Any] = {}
    late: list[int] = []
    callbacks = [lightgbm.early_stopping(PATIENCE, verbose=False), lightgbm.record_evaluation(found)]
    if deadline is not None:
        callbacks.append(_until(deadline, late))
    booster = lightgbm.train(
        parameters,
        sets[0],
        rounds,
        valid_sets=sets,
        valid_names=["training", "validation"],
        categorical_feature=list(columns.categories),
        callbacks=callbacks,
    )
    losses = [found[part][_METRICS[problem.task]] for part in ("training", "validation")]
    curves = [{"epoch": n, "loss": a, "val_loss": b} for n, (a, b) in enumerate(zip(*losses, strict=True))]
    best = min(range(len(curves)), key=lambda number: curves[number]["val_loss"]) + 1
    kept = lightgbm.Booster(model_str=booster.model_to_string(num_iteration=best))
    cut = f"{len(curves)} of at most {rounds} rounds" if late and len(curves) < rounds else ""
    return Trained(kept, columns, problem.task, units, curves, parameters["num_leaves"], cut)


def parameters_of(problem: Problem, settings: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """Return LightGBM's parameters and the most rounds: what is not configured goes by the number of rows."""
    rows = len(problem.train[1])
    rate = settings.get("learning_rate") or (LEARNING_RATE if rows < LARGE else LARGE_LEARNING_RATE)
    leaves = settings.get("leaves") or int(np.clip(rows // ROWS_PER_LEAF, FEWEST_LEAVES, MOST_LEAVES))
    rounds = settings.get("rounds") or int(np.clip(ENOUGH_ROWS // rows, FEWEST_ROUNDS, MOST_ROUNDS))
    parameters = {
        "objective": problem.task,
        "metric": _METRICS[problem.task],
        "learning_rate": rate,
        "num_leaves": leaves,
        "min_data_in_leaf": int(np.clip(rows // 50, 1, 20)),
        "feature_fraction": 0.5,
        "bagging_fraction": 0.8,
        "bagging_freq": 1 if rows >= FEWEST_BAGGED else 0,
        "seed": settings["seed"] % 2**31,
        "num_threads": THREADS,
        "deterministic": True,
        # Which of the two LightGBM takes by itself goes by a stopwatch.
        "force_row_wise" if len(problem.columns.names) < 200 else "force_col_wise": True,
        "verbosity": -1,
        **({"num_class": problem.classes} if problem.task == "multiclass" else {}),
        **settings.get("parameters", {}),
    }
    return parameters, rounds


def _dataset(  # noqa: PLR0913  all but three are named
    matrix: np.ndarray,
    labels: np.ndarray,
    columns: TreeColumns,
    *,
    weights: np.ndarray | None,
    parameters: dict[str, Any],
    reference: Any = None,
) -> Any:
    return (
        _lightgbm()
        .Dataset(
            matrix,
            labels,
            weight=weights,
            reference=reference,
            categorical_feature=list(columns.categories),
            params=parameters,
        )
        .construct()
    )


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


def _until(deadline: Deadline, late: list[int]) -> Callable[[Any], None]:
    """Return a callback that ends the fitting when the next round would end too late, and notes the last one."""
    from lightgbm.callback import EarlyStopException

    started = deadline.now()

    def stop(environment: Any) -> None:
        now = deadline.now()
        if now + (now - started) / (environment.iteration + 1) > deadline.at:
            late.append(environment.iteration)
            raise EarlyStopException(environment.iteration, environment.evaluation_result_list)

    stop.order = 40  # type: ignore[attr-defined]
    return stop
