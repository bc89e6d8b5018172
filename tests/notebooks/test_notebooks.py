"""The notebooks: committed without outputs, executed as a person would, each once, and looked at in Chromium."""

import json
import os
import re
import socket
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.chromium import chromium
from tests.pipeline.cli.command import started_with_tensorflow

PROJECT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((PROJECT / "notebooks").glob("*.ipynb"))
NAMES = ["01_explore", "02_step_by_step", "03_lineage", "04_registry"]
ROWS = 5000


def cells(notebook):
    """Return the kind and the source of each cell; nbformat, which takes a second to import, is not needed for that."""
    read = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return [SimpleNamespace(cell_type=cell["cell_type"], source="".join(cell["source"])) for cell in read]


@dataclass(frozen=True)
class Executed:
    """A notebook after its execution.

    Attributes:
        notebook: The notebook with its outputs.
        left: What it left in the folder of temporary files.
    """

    notebook: Any
    left: list[str]

    @property
    def outputs(self) -> list[Any]:
        return [output for cell in self.notebook.cells if cell.cell_type == "code" for output in cell.outputs]


# The folder of each notebook, and settings that make it quick.
QUERY = f"SELECT * EXCLUDE (tips), tips > 0.2 * fare AS big_tipper FROM source LIMIT {ROWS}"
# What neither notebook shows of its runs.
WITHOUT = {"PENSTOCK_REPORT__WRITE": "false", "PENSTOCK_SERVING__CHECK": "false"}
PLACES = {
    "01_explore": (PROJECT / "notebooks", {}),
    "02_step_by_step": (PROJECT, {"PENSTOCK_DATA__QUERY": QUERY}),
    "03_lineage": (PROJECT / "notebooks", {**WITHOUT, "PENSTOCK_MODEL__EPOCHS": "8"}),
    "04_registry": (PROJECT / "notebooks", WITHOUT),
}


@pytest.fixture(scope="module")
def calls(tmp_path_factory):
    """The address where the commands of notebooks become forks of a process that has imported TensorFlow."""
    place = tmp_path_factory.mktemp("calls") / "socket"
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
        listening.bind(os.path.relpath(place))  # the complete one may be too long
        listening.listen()
        thread = threading.Thread(target=_answer, args=(listening,))
        thread.start()
        yield place
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()


def _answer(listening):
    """Answer the calls of `start/sitecustomize.py`, one after the other, until nobody listens."""
    while True:
        try:
            call, _ = listening.accept()
        except OSError:
            return
        with call:
            message, files, _, _ = socket.recv_fds(call, 1 << 20, 2)
            folder, words, environment = json.loads(message)
            started = started_with_tensorflow(folder, *words, environment=environment, files=files)
            for file in files:
                os.close(file)
            call.send(json.dumps(started.wait()).encode())


@pytest.fixture(scope="module")
def executed(tmp_path_factory, calls):
    """Return a function that executes a notebook once; nothing is written to the project."""
    done = {}

    def run(name):
        if name not in done:
            done[name] = _execute(name, tmp_path_factory.mktemp(name), calls)
        return done[name]

    return run


def _execute(name, folder, calls):
    import nbformat
    from nbclient import NotebookClient

    scratch = folder / "scratch"
    scratch.mkdir()
    place, settings = PLACES[name]
    environment = {
        "TMPDIR": str(scratch),
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_PATH": str(Path(sys.prefix, "share", "jupyter")),
        "PYTHONPATH": str(Path(__file__).with_name("start")),
        "CALLS": str(calls),
        # A separate state without runs.
        "PENSTOCK_STATE__DIRECTORY": str(folder / "state"),
        "PENSTOCK_METADATA__URI": f"sqlite:///{folder}/state/metadata.sqlite",
        "PENSTOCK_PUSH__DIRECTORY": str(folder / "models"),
    }
    notebook = nbformat.read(PROJECT / "notebooks" / f"{name}.ipynb", as_version=4)
    client = NotebookClient(notebook, timeout=240, kernel_name="python3", resources={"metadata": {"path": str(place)}})
    client.execute(env={**os.environ, **environment, **settings})
    return Executed(notebook, left_in(scratch))


def left_in(folder):
    """Return what is in a folder, without the bytecode of the files that TensorFlow generates and removes."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("__autograph_generated")]
    empty = [path for path in folder.rglob("*") if path.is_dir() and path.name != "__pycache__"]
    return sorted(str(path.relative_to(folder)) for path in [*files, *empty])


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
    assert not re.search(r"https?:|\b127\.|localhost", source)


@pytest.mark.parametrize("name", NAMES)
def test_notebook_begins_with_a_title_and_explains_itself(name):
    kinds = [cell.cell_type for cell in cells(PROJECT / "notebooks" / f"{name}.ipynb")]
    assert cells(PROJECT / "notebooks" / f"{name}.ipynb")[0].source.startswith("# ")
    assert kinds.count("markdown") >= kinds.count("code") / 2


@pytest.mark.slow
def test_exploring_draws_and_ends_with_the_roles(executed):
    outputs = executed("01_explore").outputs
    assert printed(outputs, "stderr") == ""
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 7
    assert "boosted trees" in "".join(pages(outputs))
    assert "weekday" in pages(outputs)[-1]


@pytest.mark.slow
def test_step_by_step_shows_each_artifact_and_pushes_into_no_folder_of_the_project(executed):
    outputs = executed("02_step_by_step").outputs
    assert printed(outputs, "stderr") == ""
    assert printed(outputs).startswith("pushed: version 1, auc 0.9")
    assert re.search(r"^Recorded: chicago-taxi_\S+_1, version 1 \(default\)$", printed(outputs), re.MULTILINE)
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
def test_lineage_runs_the_pipeline_if_nothing_was_pushed_and_finds_the_rows(executed):
    outputs = executed("03_lineage").outputs
    assert printed(outputs, "stderr") == ""
    assert "Blessed and pushed" in printed(outputs)
    assert f"rows now:  {{'source': {ROWS}" in printed(outputs)
    drawn = next(page for page in pages(outputs) if "<svg" in page and "version 1" in page)
    for title in ("trips.csv", "ExampleGen", "Trainer", "Evaluator", "Pusher"):
        assert title in drawn


@pytest.mark.slow
def test_registry_compares_promotes_and_rolls_back_by_command_and_over_http(executed):
    outputs = executed("04_registry").outputs
    assert printed(outputs, "stderr") == ""
    said = printed(outputs)
    for words in (
        ", version 1 (default)\ntrees: Recorded: chicago-taxi_",
        "2 versions of chicago-taxi/chicago-taxi, metric auc",
        "model.family   linear  trees",
        "expected version 1, received version 2, moved by ",
        "default of chicago-taxi/chicago-taxi is on version 2, before on version 1",
        "default of chicago-taxi/chicago-taxi is on version 1, before on version 2",
        "Registry, metadata store and pushed versions agree.",
        "ready: {'state': 'ok'}",
        '200 {\n "model_id": 1',
        '409 {\n "error"',
        "default is on version 2\nmoved by notebook",
        "exit code 0",
    ):
        assert words in said
    assert "better by AUC" in "".join(pages(outputs))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_notebook_leaves_nothing_in_the_folder_of_temporary_files(executed, name):
    assert executed(name).left == []


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


def exported(notebook, file):
    """Write a notebook as the page that nbconvert makes of it, without the scripts that it loads from the network."""
    nbconvert = pytest.importorskip("nbconvert", reason="TFX 1.21 brings no nbconvert")
    exporter = nbconvert.HTMLExporter(mathjax_url="", require_js_url="", jquery_url="", mermaid_js_url="")
    file.write_text(exporter.from_notebook_node(notebook)[0], encoding="utf-8")
    return file


# The outputs of the page that show nothing: without words, without a drawing, or without a size.
BLANK = """
[...document.querySelectorAll(".jp-OutputArea-output")].map((output, number) => {
  const box = output.getBoundingClientRect();
  const drawn = [...output.querySelectorAll("img, svg, canvas, iframe")].some(each => {
    const size = each.getBoundingClientRect();
    return size.width > 20 && size.height > 20 && (each.tagName !== "IMG" || each.naturalWidth > 0);
  });
  return {number, blank: box.height < 8 || (!drawn && !output.innerText.trim())};
})
"""
# The highest page has 12,361; a list that is drawn again below itself had more than 100,000.
HIGHEST = 20_000


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_page_of_a_notebook_is_of_a_reasonable_height_without_blanks_errors_and_requests(
    executed, browser, tmp_path, name
):
    done = executed(name)
    page = browser.visit(exported(done.notebook, tmp_path / f"{name}.html"), BLANK)
    assert (page.requests, page.errors) == ([], [])
    assert len(page.found) == len(done.outputs)
    assert [each for each in page.found if each["blank"]] == []
    assert 1000 < page.height < HIGHEST


@pytest.mark.slow
def test_page_with_faults_is_noticed(browser, tmp_path):
    page = tmp_path / "page.html"
    page.write_text(
        "<html><body style='margin:0'><div style='height:4321px'></div>"
        "<script src='https://penstock.example/x.js'></script>"
        "<script>console.error('wrong', 7); setTimeout(() => { throw new Error('late') })</script></body></html>"
    )
    found = browser.visit(page, "document.title = 'a title', document.title")
    assert found.found == "a title"
    assert found.height == 4321
    assert found.requests == ["https://penstock.example/x.js"]
    assert any("wrong 7" in error for error in found.errors)
    assert any("late" in error for error in found.errors)
