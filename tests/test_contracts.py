"""The contracts of the layers: `lint-imports` fails for each import that breaks one, and names it."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from penstock.core.fingerprint import PACKAGES

PROJECT = Path(__file__).resolve().parent.parent
TOOLS = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]
CONTRACTS = {contract["id"]: contract for contract in TOOLS["importlinter"]["contracts"]}
HEAVY = ("tensorflow", "tfx", "apache_beam")


def layers_of(contract):
    """Return the layers of a contract from the highest to the lowest, each as a list of dotted names."""
    [container] = contract.get("containers", [""])
    prefix = f"{container}." if container else ""
    return [[prefix + name.strip(" ()") for name in layer.split("|")] for layer in contract["layers"]]


def upward():
    """Yield one forbidden import for each name of each layer: of the last name of the layer above it."""
    for id in ("roots", "library", "pipeline"):
        layers = layers_of(CONTRACTS[id])
        for above, layer in zip(layers, layers[1:], strict=False):
            for name in layer:
                yield pytest.param(id, name, above[-1], id=f"{name}-imports-{above[-1]}")


@pytest.fixture
def project(tmp_path):
    """A copy of the packages, to which a test adds imports."""
    for package in (*PACKAGES, "benchmarks"):
        shutil.copytree(PROJECT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(project):
    """Run the linter over a copy of the project."""
    program = "import sys; sys.path.insert(0, '.'); from importlinter import cli; cli.lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-P", "-c", program, "--no-cache"], cwd=project, capture_output=True, text=True
    )


def add_import(project, module, imported):
    """Add an import to a module or to the `__init__` of a package; return the name of the importer."""
    place = project.joinpath(*module.split("."))
    if place.is_dir():
        (place / "__init__.py").open("a").write(f"\nimport {imported}\n")
    else:
        place.with_suffix(".py").open("a").write(f"\nimport {imported}\n")
    return module


def test_project_keeps_every_contract(project):
    result = lint(project)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(("contract", "lower", "higher"), upward())
def test_import_of_a_higher_layer_breaks_the_contract(project, contract, lower, higher):
    importer = add_import(project, lower, higher)
    result = lint(project)
    assert result.returncode == 1
    assert f"{CONTRACTS[contract]['name']} BROKEN" in result.stdout
    assert f"- {importer} -> {higher} (l." in result.stdout


def test_cycle_between_siblings_breaks_the_contract(project):
    add_import(project, "penstock.tables.sql", "penstock.tables.table")
    result = lint(project)
    assert result.returncode == 1
    assert f"{CONTRACTS['cycles']['name']} BROKEN" in result.stdout
    assert "No cycles are allowed in penstock.tables" in result.stdout


@pytest.mark.parametrize("folder", ["penstock", "pipeline"])
def test_new_folder_without_a_layer_breaks_the_contract(project, folder):
    (project / folder / "unplaced.py").write_text('"""A file without a layer."""\n')
    result = lint(project)
    assert result.returncode == 1
    assert "unplaced" in result.stdout


@pytest.mark.parametrize("module", ["pipeline.repeat", "penstock.reports.page", "modules.training"])
def test_import_of_ml_metadata_outside_its_folder_breaks_the_contract(project, module):
    add_import(project, module, "ml_metadata")
    result = lint(project)
    assert result.returncode == 1
    assert f"{CONTRACTS['metadata']['name']} BROKEN" in result.stdout


@pytest.mark.parametrize("module", [*CONTRACTS["light"]["source_modules"], *CONTRACTS["command"]["source_modules"]])
@pytest.mark.parametrize("heavy", HEAVY)
def test_import_of_tensorflow_in_a_light_folder_breaks_the_contract(project, module, heavy):
    add_import(project, module, heavy)
    result = lint(project)
    assert result.returncode == 1
    assert f"{module} -> {heavy}" in result.stdout


def test_every_list_of_packages_is_the_list_of_the_fingerprint():
    assert set(TOOLS["hatch"]["build"]["targets"]["wheel"]["packages"]) == set(PACKAGES)
    assert set(TOOLS["importlinter"]["root_packages"]) == {*PACKAGES, "benchmarks"}
    assert set(TOOLS["mypy"]["packages"]) == {*PACKAGES, "benchmarks"}
    [errors] = [line for line in TOOLS["pytest"]["ini_options"]["filterwarnings"] if line.startswith("error")]
    assert set(errors.removeprefix("error:::(").removesuffix(")\\.").split("|")) == {*PACKAGES, "benchmarks", "tests"}
    folders = {file.parent.name for file in PROJECT.glob("*/__init__.py") if file.parent.name[0] != "."}
    assert folders - {"benchmarks", "tests"} == set(PACKAGES)
