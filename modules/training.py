"""The `run_fn` of Trainer: read, build, fit, export."""

import os
from collections.abc import Callable, Mapping
from typing import Any

from absl import logging

from modules import signatures
from modules.export import columns
from modules.export.inputs import wide_integers
from modules.families.auto import costs, leaderboard
from modules.families.deadline import Deadline
from modules.families.neural import fitting, warm_start
from modules.families.neural.keras3 import keras
from modules.families.problem import Fitted, Problem
from modules.families.rows import prepare, vocabularies
from penstock.core.documents.training import Curves, Fit
from penstock.core.features import FeatureSpec
from penstock.core.machine import release_memory

import tensorflow as tf  # isort: skip  (after Keras 3)
import tensorflow_transform as tft  # isort: skip


def run_fn(fn_args: Any) -> None:
    """Train the configured family on the `train` split and export it with its signatures.

    Args:
        fn_args: TFX's FnArgs; `custom_config` holds `features` (the FeatureSpec as JSON) and `model` (the settings).
    """
    spec = FeatureSpec.from_json(fn_args.custom_config["features"])
    searched = tuned(fn_args.hyperparameters)
    settings = {**fn_args.custom_config["model"], **searched}
    keras.utils.set_random_seed(settings["seed"])
    transform = tft.TFTransformOutput(fn_args.transform_output)
    ready = prepare(fn_args.train_files, transform, spec, seed=settings["seed"])
    release_memory()  # of the rows as they were read
    problem, classes = ready.problem, ready.classes
    meaning = warm_start.Meaning(problem.columns, _categories(spec, transform), classes)
    start = {"start": warm_start.find(fn_args.base_model, meaning)} if fn_args.base_model else {}
    fitted = family(settings["family"])(problem, {**settings, **start})
    release_memory()  # of the graphs that fitted, and of their copies of the rows
    beside = {} if settings["family"] == "linear" else {signatures.LINEAR_OUTPUT: _linear(problem, settings)}
    constant = ready.constant
    del problem, ready
    reports = {output: other.report for output, other in beside.items()}
    record = Fit(
        settings=settings,
        tuned=tuple(sorted(searched)),
        start=_start(settings, fitted, fn_args.base_model),
        linear=reports.get(signatures.LINEAR_OUTPUT),
    )
    _record(fitted, record, fn_args.model_run_dir)
    served = signatures.Served(fitted.model, transform, spec, constant=constant, classes=classes)
    served.serve_as_text(wide_integers(transform.raw_feature_spec(), vocabularies(spec, transform)))
    for output, other in beside.items():
        served.put_beside(output, other.model)
    signatures.save(served, fn_args.serving_model_dir)
    columns.write(fn_args, transform, spec)
    if settings["family"] == "neural":
        warm_start.keep(fitted.model.get_layer(warm_start.NETWORK), meaning, fn_args.serving_model_dir)
    keras.utils.clear_session()


def _linear(problem: Problem, settings: Mapping[str, Any]) -> Fitted:
    """Return the linear model to compare with, fitted in the time that `auto` would take at most."""
    rows = len(problem.train[1]) + len(problem.validation[1])
    deadline = Deadline.after(costs.limit_of(rows, problem.columns, problem.classes))
    return family("linear")(problem, {**settings, "deadline": deadline})


def _record(fitted: Fitted, record: Fit, folder: str) -> None:
    """Write how the model came about: its curves, its leaderboard where there is one, and what it was fitted with."""
    logging.info("Fitted: %s", record.plain())
    tf.io.gfile.makedirs(folder)
    fitting.write_curves(fitted.curves, os.path.join(folder, Curves.FILE))
    if "leaderboard" in fitted.report:
        leaderboard.write(fitted.report["leaderboard"], folder)
    with tf.io.gfile.GFile(os.path.join(folder, Fit.FILE), "w") as file:
        file.write(record.text())


def tuned(hyperparameters: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the settings that were searched, of KerasTuner's HyperParameters as plain data; none without a search."""
    values = (hyperparameters or {}).get("values", {})
    # What the search notes for itself stands below `tuner/`.
    return {name: value for name, value in values.items() if not name.startswith("tuner/")}


def _start(settings: Mapping[str, Any], fitted: Fitted, base_model: str | None) -> str:
    """Return in words what the fit started from."""
    if not settings.get("warm_start"):
        return Fit.model_fields["start"].default
    if not base_model:
        return "from scratch: there is no blessed model yet"
    if fitted.report.get("warm_start"):
        return "from the weights of the last blessed model"
    return "from scratch: the last blessed model has no weights for these columns, classes and layers"


def _categories(spec: FeatureSpec, transform: tft.TFTransformOutput) -> list[list[str]]:
    known = vocabularies(spec, transform)
    return [known[name] for name in spec.names("categorical")]


def family(name: str) -> Callable[[Problem, Mapping[str, Any]], Fitted]:
    """Return the function that fits a family; one is imported only where it is asked for."""
    if name == "neural":
        from modules.families.neural import network

        return network.fit
    if name == "trees":
        from modules.families.trees import training

        return training.fit
    if name == "linear":
        from modules.families import linear

        return linear.fit
    if name == "auto":
        from modules.families.auto import search

        return search.fit
    raise ValueError(f"no model family {name!r}")
