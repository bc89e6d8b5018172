"""A small table on the way that a run takes, up to a saved model that is scored."""

import json
import subprocess
import sys

import numpy as np
import pytest

from benchmarks.measuring import plain_environment
from benchmarks.quality import peers
from benchmarks.quality.penstock import in_order
from benchmarks.systems import PROJECT
from modules.families.trees.openmp import SPINS


def test_probabilities_are_put_into_the_order_of_the_classes_numbers():
    answers = np.array([[0.1, 0.2, 0.7]])
    assert in_order(answers, ["2", "0", "1"]).tolist() == [[0.2, 0.7, 0.1]]
    assert in_order(answers, []) is answers


@pytest.mark.slow
def test_worker_measures_the_peers_and_a_family_on_the_rows_of_one_split(tmp_path):
    words = ["--table", "iris", "--families", "neural", "--folder", str(tmp_path), "--output", str(tmp_path / "lines")]
    program = [sys.executable, "-P", "-m", "benchmarks.quality.worker", *words]
    environment = plain_environment(PYTHONPATH=str(PROJECT), GOMP_SPINCOUNT=SPINS)
    done = subprocess.run(program, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    entries = {entry["model"]: entry for entry in map(json.loads, (tmp_path / "lines").read_text().splitlines())}
    assert list(entries) == ["neural", peers.BASELINE, peers.LINEAR, peers.BOOSTING]
    for entry in entries.values():
        assert entry["train_rows"] + entry["eval_rows"] == entry["rows"] == 150
        assert entry["latency"] > 0
    # It learned, and its probabilities are those of the right classes.
    assert entries["neural"]["scores"]["log_loss"] < 0.5 * entries[peers.BASELINE]["scores"]["log_loss"]
    assert set(entries["neural"]["seconds"]) == {"read", "fit", "export"}
    assert [file.name for file in tmp_path.iterdir()] == ["lines"]
