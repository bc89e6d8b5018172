"""Start-up compared with importing TensorFlow."""

import pytest

from benchmarks.startup import commands_in, shares
from tests.benchmarks.figures import STARTUP


def test_shares_are_of_the_median_of_importing_tensorflow():
    found = shares(STARTUP)
    assert found["import tensorflow"] == (5.0, 1.0)
    assert found["penstock --help"] == (0.2, pytest.approx(0.04))


def test_commands_are_those_that_the_figures_have(tmp_path):
    assert list(commands_in(tmp_path)) == list(STARTUP)
