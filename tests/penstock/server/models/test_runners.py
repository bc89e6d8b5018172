"""Calls by a session and by functions; most of the first is in `test_servable.py`."""

import numpy as np
import pytest

from penstock.server.errors import ServingError
from penstock.server.models.runners import FunctionRunner, SessionRunner
from penstock.server.models.servable import load
from tests.penstock.server.saved_models import write_keras

pytestmark = pytest.mark.slow


def runner_of(servable):
    return servable._free.__self__


def test_model_whose_variables_no_session_restores_is_called_by_its_functions(tmp_path):
    servable = load(write_keras(tmp_path / "1"), "keras", 1)
    assert isinstance(runner_of(servable), FunctionRunner)
    rows = {"x": np.array([[1, 2, 3], [4, 5, 6]], np.float32)}
    assert servable.signatures["serving_default"](rows)["y"].tolist() == [7.0, 16.0]
    with pytest.raises(ServingError, match="Expects x to be float32 but float64 is provided"):
        servable.signatures["serving_default"]({"x": rows["x"].astype(np.float64)})
    servable.close()


def test_model_whose_variables_a_session_restores_is_called_by_it(mixed_model, estimator_model):
    for folder in (mixed_model / "1", estimator_model / "7"):
        servable = load(folder, "m", 1)
        assert isinstance(runner_of(servable), SessionRunner)
        servable.close()
