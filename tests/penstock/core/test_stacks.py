import tomllib
from pathlib import Path

import pytest

from penstock.core.stacks import NEXT, OLD, STACKS, stack_of

PROJECT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("python", "stack"),
    [((3, 10, 14), None), ((3, 11, 0), OLD), ((3, 12, 9), NEXT), ((3, 13, 5), NEXT), ((3, 14, 0), None)],
)
def test_stack_is_that_of_the_version_of_python(python, stack):
    assert stack_of(python) == stack


def test_project_declares_the_pythons_and_the_tfx_of_the_stacks():
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    pythons = [python for stack in STACKS for python in stack.pythons]
    (major, first), (_, last) = pythons[0], pythons[-1]
    assert project["requires-python"] == f">={major}.{first},<{major}.{last + 1}"
    for stack, marker in ((OLD, "< '3.12'"), (NEXT, ">= '3.12'")):
        assert f"tfx=={stack.tfx}.0; python_version {marker}" in project["dependencies"]


@pytest.mark.parametrize("stack", STACKS)
def test_lock_of_a_stack_names_its_tfx(stack):
    assert f"\ntfx=={stack.tfx}.0 \\\n" in (PROJECT / stack.lock).read_text()


def test_platforms_are_named():
    assert OLD.platforms == "Linux on x86_64 with glibc 2.17 or newer"
    assert NEXT.platforms == "Linux on x86_64 with glibc 2.39 or newer, or macOS on arm64"
