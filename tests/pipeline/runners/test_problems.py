"""The refusal of a compilation: one error with a line for each problem."""

import pytest

from penstock.core.errors import ConfigError
from pipeline.runners.problems import refuse


def test_problems_are_one_error_with_a_line_each(config):
    with pytest.raises(ConfigError) as caught:
        refuse(config.compiled_for("vertex"), {"ExampleGen": "no password", "kubeflow.root": "no bucket"})
    assert str(caught.value) == (
        "compile for vertex: expected nodes and settings that KFP v2 and the target can express, received 2 that they "
        "cannot; change them, or run with another runner."
    )
    assert caught.value.details == ("ExampleGen: no password", "kubeflow.root: no bucket")


def test_no_problem_is_no_error(config):
    refuse(config.compiled_for("vertex"), {})
