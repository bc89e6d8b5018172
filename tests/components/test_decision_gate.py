"""The gate of the coverage: Decision, Evaluator and ServingValidator on rows that differ from those that decided."""

import functools
from pathlib import Path

import numpy as np
import pytest

from penstock.core.documents.certificate import Certificate
from tests.components.launching import examples, files_of
from tests.components.test_decision import decided_model
from tests.components.test_evaluator import evaluated
from tests.components.test_serving_validator import run as validated
from tests.metadata_store import configuration
from tests.modules.conftest import LABEL, example

pytestmark = pytest.mark.slow

COLUMN = "dichter text/b"
CONFIGURATION = f"""
name = "table"
[data]
source = "rows.csv"
label = "{LABEL}"
[features]
"{COLUMN}" = "categorical"
[model]
task = "regression"
[evaluation]
metric = "mae"
max = 100
baseline = "none"
slices = ["{COLUMN}"]
[push]
directory = "models"
"""
OVERALL = ("decision.coverage=0.9",)
BY_SLICE = (*OVERALL, f"decision.by={COLUMN}")

# The largest error of the rows that decide, in each slice. One quantile for both would cover too few of the second.
ERRORS = {OVERALL: {"x": 1.0, "y": 1.0}, BY_SLICE: {"x": 1.0, "y": 4.0}}

# The settings of the decision, how much larger the errors of the rows of `eval` are in each slice, and whether the
# model is blessed. Errors are even up to the largest, so that 0.9 / 1.15 is a coverage of 0.78. If the other half of
# the rows is covered, that of all rows is 0.89.
CASES = {
    "like the rows that decided": (OVERALL, {"x": 1.0, "y": 1.0}, True),
    "like the rows that decided, by slice": (BY_SLICE, {"x": 1.0, "y": 1.0}, True),
    "larger errors": (OVERALL, {"x": 1.25, "y": 1.25}, False),
    "larger errors in one slice": (BY_SLICE, {"x": 0.5, "y": 1.15}, False),
    "larger errors in one slice, which is not gated": (OVERALL, {"x": 0.5, "y": 1.15}, True),
}


@pytest.fixture(scope="module")
def scores(fitted):
    """The predictions of the table."""
    import tensorflow as tf

    known = fitted("regression")
    evaluation = known.loaded.signatures["evaluation"]
    return evaluation(examples=tf.constant([example(row) for row in known.rows]))["model"].numpy()[:, 0]


def labeled(known, scores, copies, largest):
    """Return copies of the rows with labels that differ from the predictions evenly, up to an error by slice."""
    rows, predicted = known.rows * copies, np.tile(scores, copies)
    values = np.array([row[COLUMN] for row in rows])
    labels = predicted.astype(float)
    for value, error in largest.items():
        places = np.flatnonzero(values == value)
        labels[places] += error * np.linspace(-1, 1, len(places))
    return [{**row, LABEL: float(label)} for row, label in zip(rows, labels, strict=True)]


@pytest.fixture(scope="module")
def model_of(fitted, scores, tmp_path_factory):
    """Return the function that gives the configuration, and the model that Decision writes by it."""
    from modules.families.problem import HeldOut

    known = fitted("regression")

    @functools.cache
    def decided(settings):
        rows = labeled(known, scores, 4, ERRORS[settings])
        folder = tmp_path_factory.mktemp("decided")
        config = configuration(folder, *settings, text=CONFIGURATION)
        labels = np.array([row[LABEL] for row in rows])
        found = HeldOut(np.tile(scores, 4)[:, None], labels, np.arange(len(rows)), "validation rows")
        train = examples(folder / "rows", {"train": [example(row) for row in rows]})
        plain = {**config.decision.plain(), "min_rows": config.evaluation.min_slice_rows, "least": None}
        return config, decided_model(folder, known, train, plain, held=(found, np.arange(len(rows))))

    return decided


@pytest.mark.parametrize("case", CASES)
def test_model_is_blessed_and_certified_if_the_rows_of_eval_are_covered(fitted, scores, model_of, tmp_path, case):
    from components.evaluator import Evaluator
    from pipeline.eval_config import eval_config

    settings, larger, blessed = CASES[case]
    largest = {value: error * larger[value] for value, error in ERRORS[settings].items()}
    known, (config, model) = fitted("regression"), model_of(settings)
    rows = [example(row) for row in labeled(known, scores, 6, largest)]
    given = {"examples": examples(tmp_path / "rows", {"train": [], "eval": rows}), "model": model}
    blessing = evaluated(Evaluator, given, tmp_path, eval_config(config))["blessing"]
    assert files_of(Path(blessing.uri)) == {"BLESSED" if blessed else "NOT_BLESSED"}
    if case.endswith("by slice") or not blessed:
        (tmp_path / "model").symlink_to(model.uri)
        passed = blessing.get_int_custom_property("blessed")
        files = files_of(validated(tmp_path, given["examples"], known, blessed=passed))
        assert (Certificate.FILE in files) is blessed
