"""Fingerprints of code: an edited line changes those of the nodes that use it, and no other."""

import ast
import functools
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from penstock.core.fingerprint import PACKAGES, PROJECT, closure, fingerprint
from penstock.reports import page
from pipeline.repeat import MODULES
from tests.sources import nodes_of, tree_of

NODES = {
    "ExampleGen": "components.example_gen.component",
    "StatisticsGen": "components.statistics_gen",
    "ExampleValidator": "components.example_validator",
    "AnomalyReport": "components.anomaly_report",
    "AnomalyGate": "components.anomaly_gate",
    "SchemaGen": "components.schema_gen",
    "DriftReport": "components.drift_report",
    "DriftGate": "components.drift_gate",
    "Transform": "components.transform",
    "Trainer": "modules.training",
    "Evaluator": "modules.evaluation",
    "ModelVerdict": "components.model_verdict",
    "RowCountGate": "components.row_count_gate",
    "ServingValidator": "components.serving_validator",
    "Pusher": "components.pusher",
}
# Folders that only read, print or draw: an edit in them must re-run no node.
READING = ("penstock.integrity", "penstock.proposal", "penstock.reports", "penstock.serving", "pipeline.cli")
# Fingerprints in cache keys whose module is not a literal, with the modules that they stand for.
COMPUTED = {
    ("pipeline/definition.py", "reader.__module__"): ("components.example_gen.component", "components.example_gen.csv"),
    ("pipeline/eval_config.py", "EVALUATING"): ("modules.evaluation",),
    ("pipeline/repeat.py", "module"): MODULES,
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for package in PACKAGES:
        shutil.copytree(PROJECT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def all_of(project: Path) -> dict[str, str]:
    return {node: fingerprint(module, project) for node, module in NODES.items()}


@pytest.fixture(scope="module")
def unchanged() -> dict[str, str]:
    return all_of(PROJECT)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "nodes"),
    [
        ("modules/training.py", {"Trainer"}),
        ("modules/families/neural/network.py", {"Trainer"}),
        ("modules/families/neural/keras3.py", {"Trainer"}),
        ("modules/preprocessing.py", {"Transform"}),
        ("modules/transform/graph.py", {"Transform", "Trainer", "ModelVerdict", "ServingValidator"}),
        (
            "penstock/core/features.py",
            {"Transform", "Trainer", "ExampleGen", "ModelVerdict", "RowCountGate", "ServingValidator"},
        ),
        ("modules/evaluation.py", {"Evaluator"}),
        ("modules/metrics/measures.py", {"Evaluator"}),
        ("modules/metrics/scored.py", {"Evaluator", "ServingValidator"}),
        ("modules/metrics/computation.py", {"Evaluator"}),
        ("components/anomaly_gate.py", {"AnomalyGate"}),
        ("components/anomaly_report.py", {"AnomalyReport", "AnomalyGate"}),
        ("modules/metrics/results.py", {"Evaluator", "ModelVerdict", "ServingValidator"}),
        ("modules/families/deadline.py", {"Trainer"}),
        ("components/model_verdict.py", {"ModelVerdict"}),
        ("components/thresholds.py", {"ModelVerdict"}),
        ("components/row_count_gate.py", {"RowCountGate"}),
        ("components/pusher.py", {"Pusher"}),
        ("components/environments.py", {"SchemaGen", "ExampleValidator"}),
        ("components/drift_report.py", {"DriftReport", "DriftGate"}),
        ("components/drift_gate.py", {"DriftGate"}),
        ("components/pushed_statistics.py", {"DriftReport", "DriftGate"}),
        ("penstock/versions/record.py", {"DriftReport", "DriftGate", "Pusher", "ServingValidator"}),
        ("penstock/server/rest/application.py", {"ServingValidator"}),
        ("penstock/parity/selection.py", {"ServingValidator"}),
        ("components/value_counts.py", {"StatisticsGen"}),
        ("penstock/core/value_counts.py", {"DriftReport", "DriftGate"}),
        ("components/example_gen/component.py", {"ExampleGen"}),
        ("penstock/tables/splitting.py", {"ExampleGen"}),
        ("pipeline/cli/main.py", set()),
    ],
)
def test_edited_line_changes_the_nodes_that_use_it(project, unchanged, file, nodes):
    with (project / file).open("a") as edited:
        edited.write("\nADDED = 1\n")
    found = {node for node, digest in all_of(project).items() if digest != unchanged[node]}
    # Whether ExampleGen and the verdict see the features' names is theirs to choose; Transform and Trainer must.
    if file == "penstock/core/features.py":
        assert {"Transform", "Trainer"} <= found <= nodes
    else:
        assert found == nodes


@pytest.mark.slow
def test_edited_drawing_of_artifacts_changes_no_node(project, unchanged):
    folder = Path(page.__file__).parent.relative_to(PROJECT)
    files = [file for file in (project / folder).rglob("*") if file.is_file()]
    assert len(files) > 10
    for file in files:
        with file.open("a") as edited:
            edited.write("\nADDED = 1\n")
    assert all_of(project) == unchanged


@pytest.mark.slow
def test_fingerprint_is_the_same_in_another_folder(project, unchanged):
    assert all_of(project) == unchanged
    assert len(set(unchanged.values())) == len(NODES)


def test_import_inside_a_function_counts(tmp_path):
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "one.py").write_text("def late():\n    from modules import two\n    import modules.three\n")
    (tmp_path / "modules" / "two.py").write_text("from modules import one  # a circle\n")
    (tmp_path / "modules" / "three.py").write_text("")
    before = fingerprint("modules.one", tmp_path)
    (tmp_path / "modules" / "two.py").write_text("from modules import one  # a circle \n")
    between = fingerprint("modules.one", tmp_path)
    (tmp_path / "modules" / "three.py").write_text("x = 1\n")
    assert len({before, between, fingerprint("modules.one", tmp_path)}) == 3


def test_moved_line_between_modules_is_seen(tmp_path):
    (tmp_path / "modules").mkdir()
    one, two = tmp_path / "modules" / "one.py", tmp_path / "modules" / "two.py"
    one.write_text("import modules.two\nx = 1\n")
    two.write_text("")
    before = fingerprint("modules.one", tmp_path)
    one.write_text("import modules.two\n")
    two.write_text("x = 1\n")
    assert fingerprint("modules.one", tmp_path) != before


def test_module_that_is_not_there_is_refused():
    with pytest.raises(LookupError, match=r"modules\.trianing"):
        fingerprint("modules.trianing")


def keyed_modules(project: Path = PROJECT) -> Iterator[str]:
    """Yield each module whose fingerprint is in the cache key of a node or in the key of a whole run."""
    for file in sorted((project / "pipeline").rglob("*.py")):
        for is_name, module in given_modules(file.read_text()):
            yield from [module] if is_name else COMPUTED[str(file.relative_to(project)), module]


# The sources of a copied project are those of this one, except for an edited file.
@functools.cache
def given_modules(source: str) -> tuple[tuple[bool, str], ...]:
    """Return what a source passes to `fingerprint`: whether it is a name, and the name or the expression."""
    calls = [node for node in nodes_of(source) if isinstance(node, ast.Call)]
    given = [call.args for call in calls if ast.unparse(call.func) == "fingerprint"]
    return tuple(
        (True, module.value) if isinstance(module, ast.Constant) else (False, ast.unparse(module)) for [module] in given
    )


@functools.cache
def imported_roots(source: str) -> frozenset[str]:
    """Return the first part of each name that a source imports."""
    nodes = nodes_of(source)
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    return frozenset(name.split(".")[0] for name in names)


def reading_modules(project: Path = PROJECT) -> set[tuple[str, str]]:
    """Return each keyed module with each module of a folder that only reads in its import closure."""
    return {
        (module, name)
        for module in keyed_modules(project)
        for name in closure(module, project)
        if any(f"{name}.".startswith(f"{folder}.") for folder in READING)
    }


def unknown_roots(project: Path = PROJECT) -> set[str]:
    """Return the folders of the project that our packages import but the fingerprint does not follow."""
    files = [file for package in PACKAGES for file in (project / package).rglob("*.py")]
    roots = set().union(*(imported_roots(file.read_text()) for file in files))
    return {root for root in roots if (project / root).is_dir()} - set(PACKAGES)


@pytest.mark.slow
def test_nodes_of_these_tests_are_in_the_keys_and_a_whole_run_covers_every_node():
    whole = set().union(*(closure(module) for module in MODULES))
    assert set(NODES.values()) - set(keyed_modules()) == set()
    assert set(keyed_modules()) - whole == set()


@pytest.mark.slow
@pytest.mark.parametrize("folder", READING)
def test_folder_that_only_reads_is_in_no_key(project, folder):
    assert (PROJECT / folder.replace(".", "/")).is_dir()
    assert {found for found in reading_modules() if found[1].startswith(folder)} == set()
    with (project / "components" / "pusher.py").open("a") as edited:
        edited.write(f"\n\ndef planted():\n    import {folder}\n")
    assert {("components.pusher", folder), ("pipeline.definition", folder)} == reading_modules(project)


@pytest.mark.slow
def test_every_root_package_is_in_a_key():
    found = {name.split(".")[0] for module in keyed_modules() for name in closure(module)}
    assert found == set(PACKAGES)


@pytest.mark.slow
def test_new_root_package_that_is_imported_is_noticed(project):
    assert unknown_roots() == set()
    (project / "planted").mkdir()
    (project / "planted" / "rules.py").write_text("LIMIT = 1\n")
    with (project / "modules" / "training.py").open("a") as edited:
        edited.write("\n\ndef planted():\n    from planted.rules import LIMIT\n")
    assert unknown_roots(project) == {"planted"}


def test_packages_run_nothing_but_the_guard_for_a_closure_leaves_out_the_parents_of_a_module():
    files = [file for package in PACKAGES for file in (PROJECT / package).rglob("__init__.py")]
    # That of `components` also defines a function, which a container of KFP calls for the class of an artifact type.
    # That of `penstock.registry`, which only a node without a cache imports, names its client.
    called = {
        PROJECT / "components" / "__init__.py": (ast.FunctionDef, ast.ImportFrom),
        PROJECT / "penstock" / "registry" / "__init__.py": (ast.FunctionDef, ast.ImportFrom, ast.If, ast.Assign),
    }
    nodes = [file for package in ("components", "modules") for file in (PROJECT / package).rglob("*.py")]
    assert [file.name for file in nodes if "penstock.registry" in file.read_text()] == ["registrar.py"]
    bodies = {file: tree_of(file.read_text()).body[1:] for file in files}
    run = {ast.unparse(node) for file in files for node in bodies[file] if not isinstance(node, called.get(file, ()))}
    guard = {"from penstock.core.arrow_guard import guard_arrow", "guard_arrow()"}
    assert run == {"import penstock", *guard}
