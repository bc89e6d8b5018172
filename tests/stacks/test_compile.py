"""Compiled pipelines: the loader of KFP's compiler reads those of both stacks, which differ in versions only."""

import json
from pathlib import Path

import pytest
import yaml

from pipeline.nodes import NODES
from tests.stacks.comparing import differences
from tests.stacks.conftest import NEXT, OLD, both
from tests.stacks.tables import write_project

pytestmark = pytest.mark.stacks

TARGETS = ("kubeflow", "vertex")
# The versions of Python and TFX.
VERSIONS = {"labels.tfx_py_version", "labels.tfx_version", "sdkVersion"}


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """Compile one project with both stacks, for both targets; return the files of each stack."""
    folder = write_project("trees", tmp_path_factory.mktemp("compiled") / "project")

    def files(stack):
        found = []
        for target in TARGETS:
            options = ("--target", target, "--output", f"compiled-{stack.tfx}", "--set", "push.directory=/gcs/models")
            done = stack.penstock(folder, "compile", *options)
            found += [folder / file for file in done["files"]]
        return found

    return dict(zip((OLD, NEXT), both(files), strict=True))


@pytest.mark.parametrize("loader", [OLD, NEXT], ids=lambda stack: f"loaded_by_{stack.tfx}")
@pytest.mark.parametrize("compiler", [OLD, NEXT], ids=lambda stack: f"compiled_by_{stack.tfx}")
def test_each_stack_loads_the_files_of_both_with_all_nodes(compiled, compiler, loader):
    found = json.loads(loader.script("loaded", *map(str, compiled[compiler])).stdout.splitlines()[-1])
    assert sorted(Path(file).suffix for file in found) == [".json", ".yaml", ".yaml"]
    for tasks in found.values():
        assert {name.partition("-")[0] if name.endswith("-resolver") else name for name in tasks} == set(NODES)


def test_files_of_both_stacks_differ_in_their_versions_only(compiled):
    for old, new in zip(compiled[OLD], compiled[NEXT], strict=True):
        assert old.name == new.name
        found = differences(*(yaml.safe_load(file.read_text()) for file in (old, new)))
        places = {words.partition(":")[0].removeprefix("pipelineSpec.") for words in found}
        assert places == (VERSIONS if old.suffix == ".json" else {"sdkVersion"})
