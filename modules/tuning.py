"""The `tuner_fn` of Tuner: which settings are searched, how the next ones are chosen, and what a trial is.

A trial is fitted as Trainer would fit it, on the same rows, with the same seed; what it is judged by is the least loss
over the validation rows. The first trial has the settings that the family has by itself, so that the best one is not
worse than those.
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
from modules.tfma_internals import BracketParts, DrawParts, base_tuner
from penstock.core.documents.training import Trial, Trials
from penstock.core.errors import NodeError
from penstock.core.features import FeatureSpec

import keras_tuner  # isort: skip  (after Keras 3)
import tensorflow as tf  # isort: skip
import tensorflow_transform as tft  # isort: skip
from keras_tuner.oracles import BayesianOptimizationOracle, HyperbandOracle, RandomSearchOracle  # isort: skip
from tfx.components.tuner.component import TunerFnResult  # isort: skip

LOSS = "val_loss"
# Of the trials of a Bayesian search so many, one in this number, are drawn before a model of the loss proposes any.
DRAWN_FIRST = 3
HYPERBAND_FACTOR = 3


_BaseTuner: Any = base_tuner()


class Search(_BaseTuner):
    """KerasTuner's loop over trials, each fitted in this process.

    Attributes:
        trials: What became of each trial, in their order.
    """

    def __init__(self, oracle: Any, problem: Problem, settings: Mapping[str, Any], directory: str | None) -> None:
        """Take what every trial shares.

        Args:
            oracle: Chooses the settings of each trial.
            problem: Columns, task and rows.
            settings: The configured settings.
            directory: Folder for the state of the search.
        """
        self.trials: list[Trial] = []
        self._problem, self._configured = problem, settings
        super().__init__(oracle, directory=directory, project_name="search", overwrite=True)

    def run_trial(self, trial: Any, *_: Any, **__: Any) -> dict[str, float]:
        """Fit with the settings of a trial, and return its loss; NaN where it has none."""
        searched = training.tuned(trial.hyperparameters.get_config())
        settings = {**self._configured, **searched}
        most = settings["epochs"] = trial.hyperparameters.values.get("tuner/epochs") or settings["epochs"]
        keras.utils.set_random_seed(settings["seed"])
        started = time.monotonic()
        try:
            curves = network.fit(self._problem, settings).curves
        except Exception as error:
            # KerasTuner would note it and go on to the next trial, and at last nobody would know of what all failed.
            raise keras_tuner.errors.FatalError(f"{type(error).__name__}: {error}") from error
        seconds = time.monotonic() - started
        keras.utils.clear_session()
        loss = min((curve[LOSS] for curve in curves if math.isfinite(curve[LOSS])), default=math.nan)
        known = None if math.isnan(loss) else loss
        made = Trial(settings=searched, epochs=len(curves), most_epochs=most, loss=known, seconds=round(seconds, 3))
        self.trials.append(made)
        logging.info("Trial %d: %s %s after %d passes, with %s", len(self.trials), LOSS, loss, len(curves), searched)
        return {LOSS: loss}

    def on_search_end(self) -> None:
        """Refuse a search of which nothing can be learnt.

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
    """Return the search that is configured, ready to start.

    Args:
        fn_args: TFX's FnArgs; `custom_config` holds `features` (the FeatureSpec as JSON), `model` (the settings) and
            `tuning` (`algorithm` and `trials`).
    """
    config = fn_args.custom_config
    spec, transform = FeatureSpec.from_json(config["features"]), tft.TFTransformOutput(fn_args.transform_graph_path)
    problem = prepare(fn_args.train_files, transform, spec, seed=config["model"]["seed"]).problem
    # What is not configured is made explicit, so that Hyperband knows how many passes there are to share out.
    plan = network.plan_of(config["model"], len(problem.train[1]))
    settings = {**config["model"], "epochs": plan.epochs}
    space = network.search_space(problem.columns, plan, settings)
    found = oracle(config["tuning"], space, epochs=plan.epochs, seed=settings["seed"])
    return TunerFnResult(Search(found, problem, settings, fn_args.working_dir), {})


def oracle(tuning: Mapping[str, Any], space: Any, *, epochs: int, seed: int) -> Any:
    """Return what chooses the settings of each trial.

    Args:
        tuning: `algorithm` and `trials`.
        space: KerasTuner's HyperParameters.
        epochs: The most passes of a trial.
        seed: The seed of what is drawn.
    """
    most = tuning["trials"]
    given = {
        "objective": keras_tuner.Objective(LOSS, "min"),
        "hyperparameters": space,
        "tune_new_entries": False,
        "allow_new_entries": False,
        "seed": seed + 1,  # to KerasTuner zero is none
        "max_consecutive_failed_trials": most + 1,
    }
    if tuning["algorithm"] == "hyperband":
        found: Any = _Hyperband(most, max_epochs=epochs, factor=HYPERBAND_FACTOR, hyperband_iterations=None, **given)
    elif tuning["algorithm"] == "bayesian":
        found = _Bayesian(max_trials=most, num_initial_points=max(2, most // DRAWN_FIRST), **given)
    else:
        found = _Random(max_trials=most, **given)
    found.verbose = 0
    return found


def write_trials(trials: list[Trial], file: str) -> None:
    """Write the trials as JSON, in their order, the best one marked; one at least has a loss."""
    # The first of equals, as KerasTuner has it.
    best = min(trials, key=lambda trial: math.inf if trial.loss is None else trial.loss)
    marked = tuple(trial.model_copy(update={"best": trial is best}) for trial in trials)
    with tf.io.gfile.GFile(file, "w") as stream:
        stream.write(Trials(trials=marked).text())


class _OwnSettingsFirst(DrawParts):
    """Has the first trial run with the settings that the family has by itself."""

    def drawn_values(self: Any) -> Any:
        """Return the values of a trial, by name."""
        if not self.trials:
            return {setting.name: setting.default for setting in self.hyperparameters.space}
        return super().drawn_values()


class _Random(_OwnSettingsFirst, RandomSearchOracle):
    pass


class _Bayesian(_OwnSettingsFirst, BayesianOptimizationOracle):
    pass


class _Hyperband(_OwnSettingsFirst, BracketParts, HyperbandOracle):
    """Hyperband with a bound on the trials; it halves as often as that allows a bracket to come to its end."""

    def __init__(self, most: int, **given: Any) -> None:
        self._most = most
        super().__init__(**given)
        self.max_trials = most

    def bracket_count(self) -> int:
        """Return the number of brackets."""
        brackets: int = super().bracket_count()
        while brackets > 1 and self.trials_of(brackets - 1) > self._most:
            brackets -= 1
        return brackets
