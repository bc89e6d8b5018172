"""The notebooks: committed without outputs, and executed as a person would, each in a separate kernel."""

import json
import os
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((PROJECT / "notebooks").glob("*.ipynb"))
NAMES = ["01_explore", "02_step_by_step", "03_lineage"]
ROWS = 5000


def cells(notebook):
    import nbformat

    return nbformat.read(notebook, as_version=4).cells


@pytest.fixture
def execute(tmp_path, monkeypatch):
    """Return a function that runs a notebook in a folder and returns its outputs; nothing is written to the project."""
    import nbformat
    from nbclient import NotebookClient

    scratch = tmp_path / "scratch"
    scratch.mkdir()
    environment = {
        "TMPDIR": str(scratch),
        "IPYTHONDIR": str(tmp_path / "ipython"),
        "JUPYTER_PATH": str(Path(sys.prefix, "share", "jupyter")),
        # A separate state without runs.
        "PENSTOCK_STATE__DIRECTORY": str(tmp_path / "state"),
        "PENSTOCK_METADATA__URI": f"sqlite:///{tmp_path}/state/metadata.sqlite",
        "PENSTOCK_PUSH__DIRECTORY": str(tmp_path / "models"),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def run(name, folder):
        notebook = nbformat.read(PROJECT / "notebooks" / f"{name}.ipynb", as_version=4)
        NotebookClient(
            notebook, timeout=240, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
        ).execute(env=dict(os.environ))
        assert [path.name for path in scratch.iterdir() if "penstock" in path.name] == []
        return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]

    return run


def printed(outputs, stream="stdout"):
    return "".join(output.text for output in outputs if output.output_type == "stream" and output.name == stream)


def pages(outputs):
    return [output.data["text/html"] for output in outputs if "text/html" in output.get("data", {})]


def test_every_notebook_has_its_tests():
    assert [notebook.stem for notebook in NOTEBOOKS] == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_notebook_is_committed_without_outputs_and_counts(name):
    notebook = json.loads((PROJECT / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert code
    assert [cell for cell in code if cell["outputs"] or cell["execution_count"] is not None] == []
    assert set(notebook["metadata"]) == {"kernelspec", "language_info"}
    assert {"widgets", "execution"} & {key for cell in notebook["cells"] for key in cell["metadata"]} == set()


@pytest.mark.parametrize("name", NAMES)
def test_notebook_wires_no_component_and_names_no_address(name):
    source = "\n".join(cell.source for cell in cells(PROJECT / "notebooks" / f"{name}.ipynb"))
    assert "ExampleGen(" not in source
    assert "tfx." not in source
    assert "http" not in source


@pytest.mark.parametrize("name", NAMES)
def test_notebook_begins_with_a_title_and_explains_itself(name):
    kinds = [cell.cell_type for cell in cells(PROJECT / "notebooks" / f"{name}.ipynb")]
    assert cells(PROJECT / "notebooks" / f"{name}.ipynb")[0].source.startswith("# ")
    assert kinds.count("markdown") >= kinds.count("code") / 2


@pytest.mark.slow
def test_exploring_draws_offline_and_ends_with_the_roles(execute):
    outputs = execute("01_explore", PROJECT / "notebooks")
    assert printed(outputs, "stderr") == ""
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 7
    assert "boosted trees" in "".join(pages(outputs))
    assert "weekday" in pages(outputs)[-1]


@pytest.mark.slow
def test_step_by_step_shows_each_artifact_and_leaves_nothing_behind(execute, monkeypatch):
    query = f"SELECT * EXCLUDE (tips), tips > 0.2 * fare AS big_tipper FROM source LIMIT {ROWS}"
    monkeypatch.setenv("PENSTOCK_DATA__QUERY", query)
    outputs = execute("02_step_by_step", PROJECT)
    assert printed(outputs, "stderr") == ""
    assert printed(outputs).startswith("pushed: version 1, auc 0.9")
    shown = "".join(page for page in pages(outputs) if 'class="penstock"' in page)
    for word in (
        "ExampleStatistics",
        "Schema",
        "No anomaly",
        "TransformGraph",
        "epochs;",
        "By payment_type",
        "Version 1",
    ):
        assert word in shown
    assert "cannot be read" not in shown
    assert not (PROJECT / "notebooks" / "models").exists()


@pytest.mark.slow
def test_lineage_runs_the_pipeline_if_nothing_was_pushed_and_finds_the_rows(execute):
    outputs = execute("03_lineage", PROJECT / "notebooks")
    assert printed(outputs, "stderr") == ""
    assert "Blessed and pushed" in printed(outputs)
    assert f"rows now:  {{'source': {ROWS}" in printed(outputs)
    drawn = next(page for page in pages(outputs) if "<svg" in page and "version 1" in page)
    for title in ("trips.csv", "ExampleGen", "Trainer", "Evaluator", "Pusher"):
        assert title in drawn
