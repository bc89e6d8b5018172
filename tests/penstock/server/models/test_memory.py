"""Memory, measured in a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[4]
SWAPS = """
import shutil, sys
from pathlib import Path
import numpy as np, psutil, tensorflow as tf
from penstock.http.memory import keep_objects
from penstock.server.models.config import ModelConfig
from penstock.server.models.models import Models

folder, large = Path(sys.argv[1]), Path(sys.argv[1]) / "large"
keep_objects()
module = tf.Module()
module.weights = tf.Variable(np.ones((2000, 2000), np.float32))  # 16 MB
module.serve = tf.function(lambda x: {"y": tf.linalg.matmul(x, module.weights)})
module.serve = module.serve.get_concrete_function(tf.TensorSpec([None, 2000], tf.float32, "x"))
tf.saved_model.save(module, str(large), module.serve)
del module
models, used = Models([ModelConfig("m", folder / "m")]), []
for number in range(1, 24):
    shutil.copytree(large, folder / "m" / str(number))
    shutil.rmtree(folder / "m" / str(number - 1), ignore_errors=True)
    models.poll()
    with models.lease("m") as servable:
        assert servable.version == number
        models.run(servable, "serving_default", {"x": np.ones((8, 2000), np.float32)})
    del servable
    models.poll()
    used.append(psutil.Process().memory_info().rss / 1e6)
print(*(round(each) for each in used))
"""


@pytest.mark.slow
def test_memory_of_unloaded_versions_is_given_back(tmp_path):
    ran = subprocess.run(
        [sys.executable, "-c", SWAPS, str(tmp_path)], cwd=PROJECT, capture_output=True, text=True, timeout=300
    )
    used = [int(each) for each in ran.stdout.split()]
    assert len(used) == 23, ran.stderr
    assert used[-1] - used[2] < 16, used
