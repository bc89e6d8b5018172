from pathlib import Path

import pytest
import yaml

from penstock.core.stacks import NEXT, OLD, STACKS

PROJECT = Path(__file__).resolve().parent.parent
WORKFLOW = yaml.safe_load((PROJECT / ".github" / "workflows" / "ci.yml").read_text())
MATRIX = WORKFLOW["jobs"]["test"]["strategy"]["matrix"]["include"]
# The C library of each system, from its release notes.
LIBRARIES = {"ubuntu-22.04": "glibc 2.35", "ubuntu-24.04": "glibc 2.39", "macos-15": "no glibc"}


def test_workflow_runs_every_python_of_both_stacks():
    run = {(entry["tfx"], entry["python"]) for entry in MATRIX}
    assert run == {(stack.tfx, f"{major}.{minor}") for stack in STACKS for major, minor in stack.pythons}


def test_workflow_runs_each_stack_where_it_is_built_for():
    for entry in MATRIX:
        stack = OLD if entry["tfx"] == OLD.tfx else NEXT
        platform = ("Darwin", "arm64") if entry["os"].startswith("macos") else ("Linux", "x86_64")
        assert stack.runs_on(*platform, LIBRARIES[entry["os"]]), entry


def test_workflow_runs_the_whole_suite_of_each_stack():
    assert {entry["tfx"] for entry in MATRIX if entry["tests"] == "test"} == {stack.tfx for stack in STACKS}


@pytest.mark.slow
def test_workflow_calls_targets_of_the_makefile():
    targets = {line.split(":")[0] for line in (PROJECT / "Makefile").read_text().splitlines() if ": " in line}
    assert {entry["tests"] for entry in MATRIX} | {"run", "check"} <= targets
