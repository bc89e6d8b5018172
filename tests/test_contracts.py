"""The contracts of the layers: `lint-imports` fails for each import that breaks one, and names it.

The command runs over a copy of the packages: as they are, and with one import that breaks each contract. All other
imports are added to the graph that the linter built of the packages; the linter checks it in this process.
"""

import copy
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest
from grimp import ImportGraph
from importlinter import configuration
from importlinter.application.app_config import settings
from importlinter.application.use_cases import lint_imports

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


def upward(contract):
    """Return a forbidden import for each name of each layer: of the last name of the layer above it."""
    layers = layers_of(CONTRACTS[contract])
    return [(name, above[-1]) for above, layer in zip(layers, layers[1:], strict=False) for name in layer]


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
    """Add an import to a module or to the `__init__` of a package."""
    place = project.joinpath(*module.split("."))
    file = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    with file.open("a") as source:
        source.write(f"\nimport {imported}\n")


@pytest.fixture(scope="module")
def built():
    """The graph of the imports of the project, as the linter builds it; tests change copies."""
    configuration.configure()
    return settings.GRAPH_BUILDER.build(
        root_package_names=TOOLS["importlinter"]["root_packages"],
        include_external_packages=TOOLS["importlinter"]["include_external_packages"],
        cache_dir=None,
    )


@pytest.fixture
def graph(built, monkeypatch):
    """A copy of the graph, to which a test adds imports and which the linter checks."""
    copied = copy.deepcopy(built)
    monkeypatch.setattr(settings, "_config", {**settings._config, "GRAPH_BUILDER": Given(copied)})
    return copied


@dataclass(frozen=True)
class Given:
    """What builds no graph of the files: it returns a given one."""

    graph: ImportGraph

    def build(self, **options: object) -> ImportGraph:
        """Return the graph."""
        return self.graph


def plant(graph, module, imported):
    """Add the import of a module to the graph, as of a line of its file."""
    assert module in graph.modules
    graph.add_import(importer=module, imported=imported, line_number=1000, line_contents=f"import {imported}")


def checked(capsys):
    """Check every contract in this process; return whether they are kept, and what the linter printed."""
    kept = lint_imports(config_filename=str(PROJECT / "pyproject.toml"), cache_dir=None)
    return kept, capsys.readouterr().out


@pytest.mark.slow
def test_project_keeps_every_contract(project):
    result = lint(project)
    assert result.returncode == 0, result.stdout


@pytest.mark.slow
def test_command_names_an_import_of_a_file_that_breaks_each_contract(project):
    imports = {
        "roots": ("penstock.core.text", "modules.training"),
        "library": ("penstock.tables.table", "penstock.schema.file"),
        "pipeline": ("pipeline.nodes", "pipeline.plan"),
        "metadata": ("pipeline.repeat", "ml_metadata"),
        "light": ("penstock.reports.page", "tensorflow"),
        "command": ("pipeline.cli", "tfx"),
    }
    for importer, imported in imports.values():
        add_import(project, importer, imported)
    add_import(project, "penstock.tables.sql", "penstock.tables.table")
    result = lint(project)
    assert result.returncode == 1
    for contract in CONTRACTS.values():
        assert f"{contract['name']} BROKEN" in result.stdout
    for importer, imported in imports.values():
        assert f"{importer} -> {imported} (l." in result.stdout
    assert "No cycles are allowed in penstock.tables" in result.stdout
    assert imports.keys() | {"cycles"} == CONTRACTS.keys()


def test_graph_of_the_linter_is_of_the_files_of_the_project(graph, capsys):
    kept, printed = checked(capsys)
    assert kept, printed
    files = {package: list((PROJECT / package).rglob("*.py")) for package in TOOLS["importlinter"]["root_packages"]}
    assert {name for name in graph.modules if name.split(".")[0] in files} == {
        ".".join(file.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__")
        for found in files.values()
        for file in found
    }


# The linter names each import that breaks a contract, so that one check is enough for many.
@pytest.mark.parametrize("contract", ["roots", "library", "pipeline"])
def test_each_import_of_a_higher_layer_breaks_the_contract(graph, capsys, contract):
    imports = upward(contract)
    for lower, higher in imports:
        plant(graph, lower, higher)
    kept, printed = checked(capsys)
    assert not kept
    assert f"{CONTRACTS[contract]['name']} BROKEN" in printed
    assert len(imports) >= len(CONTRACTS[contract]["layers"]) - 1
    assert [each for each in imports if "- {} -> {} (l.".format(*each) not in printed] == []


def test_cycle_between_siblings_breaks_the_contract(graph, capsys):
    plant(graph, "penstock.tables.sql", "penstock.tables.table")
    kept, printed = checked(capsys)
    assert not kept
    assert f"{CONTRACTS['cycles']['name']} BROKEN" in printed
    assert "No cycles are allowed in penstock.tables" in printed


@pytest.mark.parametrize("folder", ["penstock", "pipeline"])
def test_new_folder_without_a_layer_breaks_the_contract(graph, capsys, folder):
    graph.add_module(f"{folder}.unplaced")
    kept, printed = checked(capsys)
    assert not kept
    assert "unplaced" in printed


@pytest.mark.parametrize("module", ["pipeline.repeat", "penstock.reports.page", "modules.training"])
def test_import_of_ml_metadata_outside_its_folder_breaks_the_contract(graph, capsys, module):
    plant(graph, module, "ml_metadata")
    kept, printed = checked(capsys)
    assert not kept
    assert f"{CONTRACTS['metadata']['name']} BROKEN" in printed


@pytest.mark.parametrize("heavy", HEAVY)
def test_import_of_tensorflow_in_each_light_folder_breaks_the_contract(graph, capsys, heavy):
    modules = [*CONTRACTS["light"]["source_modules"], *CONTRACTS["command"]["source_modules"]]
    for module in modules:
        plant(graph, module, heavy)
    kept, printed = checked(capsys)
    assert not kept
    assert [module for module in modules if f"{module} -> {heavy}" not in printed] == []


def test_every_list_of_packages_is_the_list_of_the_fingerprint():
    assert set(TOOLS["hatch"]["build"]["targets"]["wheel"]["packages"]) == set(PACKAGES)
    assert set(TOOLS["importlinter"]["root_packages"]) == {*PACKAGES, "benchmarks"}
    assert set(TOOLS["mypy"]["packages"]) == {*PACKAGES, "benchmarks"}
    [errors] = [line for line in TOOLS["pytest"]["ini_options"]["filterwarnings"] if line.startswith("error")]
    assert set(errors.removeprefix("error:::(").removesuffix(")\\.").split("|")) == {*PACKAGES, "benchmarks", "tests"}
    folders = {file.parent.name for file in PROJECT.glob("*/__init__.py") if file.parent.name[0] != "."}
    assert folders - {"benchmarks", "tests"} == set(PACKAGES)
