"""The `run_fn` of Trainer: read, build, fit, export."""

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from absl import logging

from modules import signatures
from modules.decision import held_out
from modules.export import columns
from modules.export.inputs import wide_integers
from modules.families.deadline import Deadline, default_time_limit
from modules.families.neural import fitting, warm_start
from modules.families.neural.keras3 import keras
from modules.families.problem import Fitted, Problem
from modules.families.rows import prepare, split_places
from modules.transform.vocabularies import vocabularies
from penstock.core.documents.training import Curves, Fit, Leaderboard
from penstock.core.features import FeatureSpec, transformed_name
from penstock.core.losses import Loss
from penstock.core.machine import release_memory

import tensorflow as tf  # isort: skip  (after Keras 3)
import tensorflow_transform as tft  # isort: skip


def run_fn(fn_args: Any) -> None:
    """Train the configured family on the `train` split and export it with its signatures.

    Args:
        fn_args: TFX's FnArgs; `custom_config` holds `features` (the FeatureSpec as JSON), `model` (the settings),
            `monotonic` (the direction by column) if there are constraints, and `held_out` if Decision needs
            predictions of rows that were not fitted.
    """
    spec = FeatureSpec.from_json(fn_args.custom_config["features"])
    tuned = searched_settings(fn_args.hyperparameters)
    settings = {**fn_args.custom_config["model"], **tuned}
    keras.utils.set_random_seed(settings["seed"])
    transform = tft.TFTransformOutput(fn_args.transform_output)
    ready = prepare(fn_args.train_files, transform, spec, seed=settings["seed"], loss=Loss.of(settings))
    release_memory()  # of the raw rows
    classes = ready.classes
    problem = replace(ready.problem, monotonic=_monotonic(fn_args.custom_config.get("monotonic", {})))
    layout = warm_start.WeightLayout(problem.columns, _categories(spec, transform), classes)
    start = {"start": warm_start.load_weights(fn_args.base_model, layout)} if fn_args.base_model else {}
    fitted = family_fit(settings["family"])(problem, {**settings, **start})
    release_memory()  # of the training graphs and their copies of the rows
    compared = {} if settings["family"] == "linear" else {signatures.LINEAR_OUTPUT: _linear(problem, settings)}
    constant, names = ready.constant, problem.columns.names
    first, validation = len(problem.train[1]), problem.validation if fn_args.custom_config.get("held_out") else None
    del problem, ready
    reports = {output: other.report for output, other in compared.items()}
    record = Fit(
        settings=settings,
        tuned=tuple(sorted(tuned)),
        start=_describe_start(settings, fitted, fn_args.base_model),
        linear=reports.get(signatures.LINEAR_OUTPUT),
    )
    _write_documents(fitted, record, fn_args.model_run_dir)
    served = signatures.ServedModel(fitted.model, transform, spec, constant=constant, classes=classes)
    if settings.get("explain"):
        served.explain(names)
    served.serve_as_text(wide_integers(transform.raw_feature_spec(), vocabularies(spec, transform)))
    for output, other in compared.items():
        served.add_compared_model(output, other.model)
    if validation is not None:
        family = settings["family"]
        predictions = fitted.held_out or held_out.predicted(served.score, names, validation, first, family)
        order = np.concatenate(split_places(first + len(validation[1]), seed=settings["seed"]))
        held_out.write(predictions, order, fn_args.model_run_dir)
        del validation
    signatures.save(served, fn_args.serving_model_dir)
    columns.write(fn_args, transform, spec)
    if settings["family"] == "neural":
        warm_start.save_weights(fitted.model.get_layer(warm_start.NETWORK), layout, fn_args.serving_model_dir)
    keras.utils.clear_session()


def _monotonic(directions: Mapping[str, str]) -> dict[str, int]:
    """Return the direction of each transformed number: scaling keeps that of the column."""
    return {transformed_name(name): 1 if each == "increasing" else -1 for name, each in directions.items()}


def _linear(problem: Problem, settings: Mapping[str, Any]) -> Fitted:
    """Return the linear baseline, fitted within the time limit that `auto` would have."""
    rows = len(problem.train[1]) + len(problem.validation[1])
    deadline = Deadline.after(default_time_limit(rows, problem.columns, problem.classes))
    return family_fit("linear")(problem, {**settings, "deadline": deadline})


def _write_documents(fitted: Fitted, record: Fit, folder: str) -> None:
    """Write the curves, the leaderboard if there is one, and the settings of the fit."""
    logging.info("Fitted: %s", record.plain())
    tf.io.gfile.makedirs(folder)
    fitting.write_curves(fitted.curves, os.path.join(folder, Curves.FILE))
    if "leaderboard" in fitted.report:
        write_leaderboard(fitted.report["leaderboard"], folder)
    with tf.io.gfile.GFile(os.path.join(folder, Fit.FILE), "w") as file:
        file.write(record.text())


def write_leaderboard(leaderboard: Leaderboard, folder: str) -> None:
    """Write the leaderboard as JSON, by a rename, so that a reader never sees a part of it."""
    file = os.path.join(folder, Leaderboard.FILE)
    with tf.io.gfile.GFile(f"{file}.new", "w") as stream:
        stream.write(leaderboard.text())
    tf.io.gfile.rename(f"{file}.new", file, overwrite=True)


def searched_settings(hyperparameters: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the tuned settings from KerasTuner's HyperParameters as plain data; none without a search."""
    values = (hyperparameters or {}).get("values", {})
    # KerasTuner stores the state of the search under names that begin with `tuner/`.
    return {name: value for name, value in values.items() if not name.startswith("tuner/")}


def _describe_start(settings: Mapping[str, Any], fitted: Fitted, base_model: str | None) -> str:
    """Return in words which weights the fit started from; empty where no warm start is configured."""
    if not settings.get("warm_start"):
        return ""
    if not base_model:
        return "from random weights: there is no blessed model yet"
    if fitted.report.get("warm_start"):
        return "from the weights of the last blessed model"
    return "from random weights: the last blessed model has no weights for these columns, classes and layers"


def _categories(spec: FeatureSpec, transform: tft.TFTransformOutput) -> list[list[str]]:
    known = vocabularies(spec, transform)
    return [known[name] for name in spec.names("categorical")]


def family_fit(name: str) -> Callable[[Problem, Mapping[str, Any]], Fitted]:
    """Return the function that fits a family; only that family is imported."""
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
        from modules.families.auto import fitting

        return fitting.fit
    raise ValueError(f"no model family {name!r}")
