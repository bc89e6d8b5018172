"""Fingerprints of code: an edited line changes those of the nodes that use it, and no other."""

import shutil
from pathlib import Path

import pytest

from penstock.core.fingerprint import PACKAGES, PROJECT, fingerprint
from penstock.reports import page

NODES = {
    "ExampleGen": "components.example_gen.component",
    "StatisticsGen": "components.statistics_gen",
    "AnomalyReport": "components.anomaly_report",
    "AnomalyGate": "components.anomaly_gate",
    "SchemaGen": "components.schema_gen",
    "DriftReport": "components.drift_report",
    "DriftGate": "components.drift_gate",
    "Transform": "modules.preprocessing",
    "Trainer": "modules.training",
    "Evaluator": "modules.evaluation",
    "ModelVerdict": "components.model_verdict",
    "RowCountGate": "components.row_count_gate",
    "Pusher": "components.pusher",
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
        ("penstock/core/features.py", {"Transform", "Trainer", "ExampleGen", "ModelVerdict", "RowCountGate"}),
        ("modules/evaluation.py", {"Evaluator"}),
        ("modules/metrics/measures.py", {"Evaluator"}),
        ("modules/metrics/scored.py", {"Evaluator"}),
        ("modules/metrics/figures.py", {"Evaluator"}),
        ("components/anomaly_gate.py", {"AnomalyGate"}),
        ("components/anomaly_report.py", {"AnomalyReport", "AnomalyGate"}),
        ("components/model_verdict.py", {"ModelVerdict"}),
        ("components/row_count_gate.py", {"RowCountGate"}),
        ("components/pusher.py", {"Pusher"}),
        ("components/environments.py", {"SchemaGen"}),
        ("components/drift_report.py", {"DriftReport", "DriftGate"}),
        ("components/drift_gate.py", {"DriftGate"}),
        ("components/pushed_statistics.py", {"DriftReport", "DriftGate"}),
        ("penstock/versions/record.py", {"DriftReport", "DriftGate", "Pusher"}),
        ("components/value_counts.py", {"StatisticsGen", "DriftReport", "DriftGate"}),
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
