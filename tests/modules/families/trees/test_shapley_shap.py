"""Exact Shapley values of trees: those of shap's TreeExplainer, in an environment of its own."""

import json
import subprocess

import numpy as np
import pytest

from modules.families.trees import training
from tests.environments import PROJECT, python_with
from tests.modules.families.problems import KINDS, problem_of, rows_of
from tests.modules.families.trees.test_shapley import EXPLAINED, explanation

pytestmark = pytest.mark.slow

LOCK = PROJECT / "benchmarks" / "explanations" / "requirements.lock"
PROGRAM = PROJECT / "tests" / "modules" / "families" / "trees" / "shap_program.py"
ROWS, TOLERANCE = 1_000, 1e-5
# By name: the task, the columns, and LightGBM's parameters, of which shap asks LightGBM. Its own algorithm, which gets
# the trees alone, knows no sets of categories, and sends no number where LightGBM sends a missing one.
CASES = {
    "binary": ("binary", "all", {"objective": "binary"}),
    "multiclass": ("multiclass", "all", {"objective": "multiclass", "num_class": 3}),
    "regression": ("regression", "all", {"objective": "regression"}),
    "binary trees": ("binary", "numbers", {}),
    "regression trees": ("regression", "numbers", {}),
}


@pytest.fixture(scope="module")
def explained(tmp_path_factory):
    """Return for each case the model, the rows and shap's contributions; one process, because shap starts slowly."""
    python, folder, found = python_with("shap", LOCK), tmp_path_factory.mktemp("shap"), {}
    for name, (task, kind, parameters) in CASES.items():
        columns = KINDS[kind]
        trained = training.train(problem_of(task, 1500, columns), {**EXPLAINED, "leaves": 20})
        rows = {key: values for key, values in rows_of(ROWS, seed=11).items() if key in columns.names}
        (folder / name).mkdir()
        (folder / name / "model.txt").write_text(trained.booster.model_to_string())
        (folder / name / "how.json").write_text(json.dumps(parameters))
        np.save(folder / name / "rows.npy", trained.columns.matrix(rows).astype(np.float64))
        found[name] = trained, rows
    command = [str(python), "-P", str(PROGRAM), *(str(folder / name) for name in CASES)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return {name: (*found[name], np.load(folder / name / "values.npy")) for name in CASES}


@pytest.mark.parametrize("case", CASES)
def test_thousand_rows_have_the_contributions_of_shap(explained, case):
    trained, rows, values = explained[case]
    expected = np.zeros((ROWS, trained.columns.width, trained.units))
    np.add.at(expected, (slice(None), trained.columns.sources), values)
    base, contributions, scores = explanation(trained.export(), rows)
    scale = max(1.0, float(np.abs(scores).max()))
    np.testing.assert_allclose(contributions, expected, rtol=0, atol=TOLERANCE * scale)
    np.testing.assert_allclose(base + expected.sum(axis=1), scores, rtol=0, atol=TOLERANCE * scale)
    assert np.abs(contributions).max() > 0.01 * scale
