"""The command reference is generated from the command and is up to date."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

PROJECT = Path(__file__).resolve().parent.parent
FOLDER = PROJECT / "docs" / "commands"


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    file = PROJECT / "scripts" / "write_command_reference.py"
    spec = importlib.util.spec_from_file_location("write_command_reference", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_command_reference_is_up_to_date(reference):
    pages = reference.pages()
    assert {file.name for file in FOLDER.glob("*.md")} == set(pages)
    stale = [name for name, text in pages.items() if (FOLDER / name).read_text() != reference.current(name, text)]
    assert stale == [], "run `make docs`, and commit what it wrote"


def test_text_below_the_marker_is_not_changed(reference, tmp_path):
    assert set(reference.write(tmp_path)) == set(reference.pages())
    page = tmp_path / "run.md"
    generated = page.read_text()
    page.write_text(f"{generated}\n## By hand\n".replace("# penstock run\n", "# another title\n"))
    assert reference.write(tmp_path) == ["run.md"]
    assert page.read_text() == f"{generated}\n## By hand\n"
    assert reference.write(tmp_path) == []


def test_every_command_has_examples_and_no_example_is_stale(reference):
    names = {
        f"{verb} {inner}".strip()
        for verb, command in reference.commands().items()
        for inner in getattr(command, "commands", {"": command})
    }
    assert set(reference.EXAMPLES) == names


def test_exit_codes_of_the_help_are_rows_of_the_page(reference):
    page = reference.pages()["run.md"]
    assert "| 3 | The model was refused; nothing was pushed. |" in page
    assert "Exit code 0:" not in page


def test_default_and_metavar_of_an_option_are_in_its_row(reference):
    page = reference.pages()["score.md"]
    assert "| `--batch-size N` | `8192` | Number of rows per batch. |" in page
    assert "| `SOURCE` | required | CSV, TSV or Parquet: a file, a folder, a glob; or a database URL. |" in page
