"""Every artifact as a page: nothing from a network, nothing that runs, and no error where files are gone."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings

from penstock.metadata.lineage import Artifact, Node
from penstock.reports.page import RENDERERS, overview, show
from tests.examples import examples
from tests.penstock.reports.conftest import HOSTILE, PIECES, Reader, artifact

HARMLESS = {
    *("style", "div", "h3", "h4", "p", "span", "strong", "code", "br", "table", "thead", "tbody", "tr", "th", "td"),
    *("svg", "g", "rect", "line", "path", "polyline", "circle", "text", "title", "details", "summary"),
}


def read(page):
    return Reader(page._repr_html_())


@pytest.mark.parametrize("kind", RENDERERS)
def test_a_page_loads_nothing_and_runs_nothing(kind, written):
    page = show(written(kind))
    found = read(page)
    assert found.elements <= HARMLESS
    assert [name for name in found.attributes if name in ("src", "href") or name.startswith("on")] == []
    assert [value for value in found.attributes.values() if "url(" in (value or "") or "http" in (value or "")] == []
    assert "@import" not in page._repr_html_()
    assert "cannot be read" not in found.text


def drawn_with(text, kind):
    """Return the parsed page of a node with an artifact of a type; a text is wherever the data may contain one."""
    with tempfile.TemporaryDirectory() as folder:
        one = artifact(kind, Path(folder, "artifact"), text)
        named = Artifact(one.id, one.type, text, one.uri, one.properties)
        other = Artifact(2, text, text, str(Path(folder, "none")))
        return read(show(Node(text, text, 1, 0.0, 1.0, (), (named, other))))


@pytest.mark.parametrize("kind", RENDERERS)
@settings(max_examples=examples(15), deadline=None)
@given(text=HOSTILE)
@example(text="".join(PIECES))
@example(text="".join(reversed(PIECES)))
def test_hostile_text_gives_the_same_tags_and_attributes_as_any_other(kind, text):
    hostile, harmless = drawn_with(text, kind), drawn_with("harmless", kind)
    assert hostile.tags == harmless.tags
    assert "cannot be read" not in hostile.text


@pytest.mark.parametrize("text", PIECES)
def test_text_read_from_a_page_equals_the_text_of_the_data(text):
    assert text in "".join(drawn_with(text, "Examples").texts)
    assert text in "".join(read(overview([Node(text, text, 1, 0.0, 1.0)])).texts)


def test_hostile_file_names_and_errors_give_no_tag(tmp_path):
    (tmp_path / "<img src=x onerror=alert(1)>").touch()
    (tmp_path / "schema.pbtxt").write_text('feature { name: "a" } <script> alert(1)')
    for kind in ("Other", "Schema"):
        found = read(show(Artifact(1, kind, "output", str(tmp_path))))
        assert found.elements <= HARMLESS
        assert "<img" in found.text or "script" in found.text


@pytest.mark.parametrize("kind", RENDERERS)
def test_page_of_an_artifact_whose_folder_is_gone_says_so(kind, tmp_path):
    assert "Its files are gone" in read(show(Artifact(1, kind, "output", str(tmp_path / "gone")))).text


@pytest.mark.parametrize(
    ("kind", "name", "content"),
    [
        ("components.ModelVerdict", "verdict.json", "{"),
        ("components.ModelVerdict", "verdict.json", "{}"),
        ("components.ModelVerdict", "verdict.json", "[]"),
        ("components.RowCounts", "rows.json", ""),
        ("components.RowCounts", "rows.json", '{"splits": null, "source": 1}'),
        ("Schema", "schema.pbtxt", "feature {"),
        ("ExampleStatistics", "Split-train/FeatureStats.pb", "\x08"),
        ("Model", "saved_model.pb", "\x12\x7f"),
        ("ModelRun", "other", ""),
    ],
)
def test_page_of_a_file_that_cannot_be_read_says_so(kind, name, content, tmp_path):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(content)
    assert "It cannot be read" in read(show(Artifact(1, kind, "output", str(tmp_path)))).text


def test_page_of_a_document_of_a_newer_version_shows_the_error(tmp_path):
    (tmp_path / "rows.json").write_text('{"version": 99}')
    text = read(show(Artifact(1, "components.RowCounts", "output", str(tmp_path)))).text
    assert "the counts of rows of version 1 or older, received version 99; use the release of Penstock" in text


def test_a_type_without_a_renderer_lists_its_files(tmp_path):
    for number in range(14):
        (tmp_path / f"part-{number:02d}").write_bytes(b"x" * number)
    text = read(show(Artifact(1, "Other", "things", str(tmp_path)))).text
    assert "things · Other" in text.replace("  ", " ")
    assert "part-11 11 and 2 more" in text


def test_a_node_shows_its_outputs(written):
    other = Artifact(2, "TransformCache", "cache", "/nowhere")
    node = Node("ModelVerdict", "ran", 1, 0.0, 1.25, (), (written("components.ModelVerdict"), other))
    text = read(show(node)).text
    assert text.count("ModelVerdict") == 2
    assert "ran, 1.2 s" in text
    assert "Other outputs: cache (TransformCache)" in text


def test_a_node_without_artifacts_says_so():
    assert "No output" in read(show(Node("AnomalyGate", "ran", 1, 0.0, 0.0))).text


def test_an_overview_lists_every_node():
    nodes = [Node("ExampleGen", "ran", 1, 0.0, 2.0), Node("Trainer", "cached", 2, 0.0, 0.0)]
    assert "ExampleGen ran 2.0 s – Trainer cached 0.0 s –" in read(overview(nodes)).text  # noqa: RUF001
