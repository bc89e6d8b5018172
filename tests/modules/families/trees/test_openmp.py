"""The threads of OpenMP in LightGBM."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from modules.families.trees import openmp

PROJECT = Path(openmp.__file__).parents[3]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("environment", "spins"),
    [({}, openmp.SPINS), ({"GOMP_SPINCOUNT": "5"}, "5"), ({"OMP_WAIT_POLICY": "active"}, "30000000000")],
)
def test_threads_that_wait_sleep_soon_unless_the_environment_says_otherwise(environment, spins):
    script = "from modules.families.trees import training; training.library()"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**environment, "OMP_DISPLAY_ENV": "verbose"},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    # What libgomp says of itself when it is loaded.
    assert set(re.findall(r"GOMP_SPINCOUNT = '(\d+)'", done.stderr)) == {spins}
