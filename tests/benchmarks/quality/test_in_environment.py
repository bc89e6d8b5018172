"""What runs next to AutoGluon, where its environment was made by a benchmark."""

import json

import numpy as np
import pandas as pd
import pytest

from benchmarks.quality import environment

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (environment.PLACE / "lock").is_file(), reason="no environment of AutoGluon here"),
]


def test_model_is_fitted_within_a_limit_of_processor_time_and_its_cost_is_printed(tmp_path):
    draw = np.random.default_rng(1)
    x = draw.normal(size=300)
    rows = pd.DataFrame({"x": x, "label": x * 3 + draw.normal(0, 0.1, 300)})
    rows[:200].to_parquet(tmp_path / "train.parquet")
    rows[200:].drop(columns="label").to_parquet(tmp_path / "eval.parquet")
    printed = environment.run("fit", str(tmp_path), "regression", "label", "2", seconds=600)
    cost = json.loads(printed.splitlines()[-1])
    assert 0 < cost["fit"] < 10
    assert min(cost["latency"], cost["megabytes"]) > 0
    answers = pd.read_parquet(tmp_path / "answers.parquet").to_numpy()[:, 0]
    assert np.corrcoef(answers, rows["label"][200:])[0, 1] > 0.9
