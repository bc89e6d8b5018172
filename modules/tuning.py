"""The `tuner_fn` of Tuner: which settings are searched, how the next ones are chosen, and what a trial is.

A trial is fitted as Trainer would fit it, on the same rows, with the same seed, and is scored by its least validation
loss. The first trial has the default settings of the family, so that the best trial is not worse than the defaults.
The search is KerasTuner's: random, Bayesian optimization or Hyperband (Li and others: Hyperband: A Novel Bandit-Based
Approach to Hyperparameter Optimization, JMLR 2018).
"""

import math
import time
from collections.abc import Mapping
from typing import Any

from absl import logging

from modules import training
from modules.families.neural import network
from modules.families.neural.keras3 import keras
from modules.families.problem import Problem
from modules.families.rows import prepare
from modules.tfma_internals import BracketParts, SamplingParts, base_tuner
from penstock.core.documents.training import Trial, Trials
from penstock.core.errors import NodeError
from penstock.core.features import FeatureSpec
from penstock.core.losses import Loss

import keras_tuner  # isort: skip  (after Keras 3)
import tensorflow as tf  # isort: skip
import tensorflow_transform as tft  # isort: skip
from keras_tuner.oracles import BayesianOptimizationOracle, HyperbandOracle, RandomSearchOracle  # isort: skip
from tfx.components.tuner.component import TunerFnResult  # isort: skip

LOSS = "val_loss"
# One in this many trials of a Bayesian search is random, before the surrogate model proposes the others.
RANDOM_FIRST = 3
HYPERBAND_FACTOR = 3


_BaseTuner: Any = base_tuner()


class Search(_BaseTuner):
    """KerasTuner's loop over trials, each fitted in this process.

    Attributes:
        trials: The result of each trial, in order.
    """

    def __init__(self, oracle: Any, problem: Problem, settings: Mapping[str, Any], directory: str | None) -> None:
        """Take what all trials share.

        Args:
            oracle: Chooses the settings of each trial.
            problem: Columns, task and rows.
            settings: The configured settings.
            directory: The folder for the state of the search.
        """
        self.trials: list[Trial] = []
        self._problem, self._configured = problem, settings
        super().__init__(oracle, directory=directory, project_name="search", overwrite=True)

    def run_trial(self, trial: Any, *_: Any, **__: Any) -> dict[str, float]:
        """Fit with the settings of a trial and return its loss; NaN if there is none."""
        tuned = training.searched_settings(trial.hyperparameters.get_config())
        settings = {**self._configured, **tuned}
        max_epochs = settings["epochs"] = trial.hyperparameters.values.get("tuner/epochs") or settings["epochs"]
        keras.utils.set_random_seed(settings["seed"])
        started = time.monotonic()
        try:
            curves = network.fit(self._problem, settings).curves
        except Exception as error:
            # KerasTuner would record the error and go on to the next trial, and the cause would be lost.
            raise keras_tuner.errors.FatalError(f"{type(error).__name__}: {error}") from error
        seconds = time.monotonic() - started
        keras.utils.clear_session()
        loss = min((curve[LOSS] for curve in curves if math.isfinite(curve[LOSS])), default=math.nan)
        known = None if math.isnan(loss) else loss
        result = Trial(
            settings=tuned, epochs=len(curves), most_epochs=max_epochs, loss=known, seconds=round(seconds, 3)
        )
        self.trials.append(result)
        logging.info("Trial %d: %s %s after %d passes, with %s", len(self.trials), LOSS, loss, len(curves), tuned)
        return {LOSS: loss}

    def on_search_end(self) -> None:
        """Refuse a search in which every trial failed.

        Raises:
            NodeError: No trial has a loss that is a number.
        """
        if all(trial.loss is None for trial in self.trials):
            raise NodeError(
                "node Tuner failed",
                "a trial whose validation loss is a number",
                f"none of {len(self.trials)}",
                "look for huge values among the features and the label, or leave out [tuning]",
            )


def tuner_fn(fn_args: Any) -> TunerFnResult:
    """Return the configured search, ready to start.

    Args:
        fn_args: TFX's FnArgs; `custom_config` holds `features` (the FeatureSpec as JSON), `model` (the settings) and
            `tuning` (`algorithm` and `trials`).
    """
    config = fn_args.custom_config
    spec, transform = FeatureSpec.from_json(config["features"]), tft.TFTransformOutput(fn_args.transform_graph_path)
    model = config["model"]
    problem = prepare(fn_args.train_files, transform, spec, seed=model["seed"], loss=Loss.of(model)).problem
    # Hyperband divides a number of epochs, so that it has to be known.
    plan = network.plan_of(config["model"], len(problem.train[1]))
    settings = {**config["model"], "epochs": plan.epochs}
    space = network.search_space(problem.columns, plan, settings)
    chosen = oracle(config["tuning"], space, epochs=plan.epochs, seed=settings["seed"])
    return TunerFnResult(Search(chosen, problem, settings, fn_args.working_dir), {})


def oracle(tuning: Mapping[str, Any], space: Any, *, epochs: int, seed: int) -> Any:
    """Return the KerasTuner oracle, which chooses the settings of each trial.

    Args:
        tuning: `algorithm` and `trials`.
        space: KerasTuner's HyperParameters.
        epochs: The maximum number of epochs of a trial.
        seed: The seed of the random choices.
    """
    max_trials = tuning["trials"]
    options = {
        "objective": keras_tuner.Objective(LOSS, "min"),
        "hyperparameters": space,
        "tune_new_entries": False,
        "allow_new_entries": False,
        "seed": seed + 1,  # KerasTuner takes zero as no seed
        "max_consecutive_failed_trials": max_trials + 1,
    }
    if tuning["algorithm"] == "hyperband":
        created: Any = _Hyperband(
            max_trials, max_epochs=epochs, factor=HYPERBAND_FACTOR, hyperband_iterations=None, **options
        )
    elif tuning["algorithm"] == "bayesian":
        created = _Bayesian(max_trials=max_trials, num_initial_points=max(2, max_trials // RANDOM_FIRST), **options)
    else:
        created = _Random(max_trials=max_trials, **options)
    created.verbose = 0
    return created


def write_trials(trials: list[Trial], file: str) -> None:
    """Write the trials as JSON, in order, with the best one marked; at least one has a loss."""
    # The first of equal ones, as in KerasTuner.
    best = min(trials, key=lambda trial: math.inf if trial.loss is None else trial.loss)
    marked = tuple(trial.model_copy(update={"best": trial is best}) for trial in trials)
    with tf.io.gfile.GFile(file, "w") as stream:
        stream.write(Trials(trials=marked).text())


class _DefaultsFirst(SamplingParts):
    """Runs the first trial with the default settings of the family."""

    def sampled_values(self: Any) -> Any:
        """Return the values of a trial, by name."""
        if not self.trials:
            return {setting.name: setting.default for setting in self.hyperparameters.space}
        return super().sampled_values()


class _Random(_DefaultsFirst, RandomSearchOracle):
    pass


class _Bayesian(_DefaultsFirst, BayesianOptimizationOracle):
    pass


class _Hyperband(_DefaultsFirst, BracketParts, HyperbandOracle):
    """Hyperband with a maximum number of trials; the largest bracket is one that can complete within it."""

    def __init__(self, max_trials: int, **options: Any) -> None:
        self._limit = max_trials
        super().__init__(**options)
        self.max_trials = max_trials

    def bracket_count(self) -> int:
        """Return the number of brackets."""
        brackets: int = super().bracket_count()
        while brackets > 1 and self.trials_of(brackets - 1) > self._limit:
            brackets -= 1
        return brackets
