"""The page of the stored results."""

import re
import shutil

import pytest

from benchmarks.quality import report
from benchmarks.results import Results, read
from benchmarks.systems import PROJECT
from tests.benchmarks.figures import FACTS
from tests.benchmarks.quality.figures import results

DOCS = PROJECT / "docs"
REMARKS = "## What the figures say\n\nNothing.\n"


def test_page_has_its_sections_in_order():
    assert re.findall(r"^#+ (.*)$", report.render(results(), REMARKS), re.MULTILINE) == [
        "Quality",
        "Method",
        "Targets",
        "Scores",
        "Further metrics",
        "Time",
        "What `auto` chose",
        "What failed",
        "The tables",
        "What the figures say",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "| taxi: AUC, `auto` − HistGradientBoosting | 1,500 | ≥ -0.003 | 0.0100 | met |",
        "| iris: log loss, `auto` / HistGradientBoosting | 1,500 | ≤ 1.01 | 1.0500 | not met |",
        "| diabetes: RMSE, `auto` / HistGradientBoosting | 1,500 | ≤ 1.01 |  | not measured |",
        "| taxi | AUC ↑ | 0.5000 | 0.8500 | 0.9500 | 0.8600 | 0.9400 | 0.9550 | **0.9600** | 0.9700 |",
        "| iris | log loss ↓ | 1.1000 |  | **0.2000** |  |  |  | 0.2100 |  |",
        "| diabetes | MAE | 40.00 |  | 30.00 |  |  |  |  |  |",
        "| taxi | trees 0.75, linear 0.25 | 2 | 5 | 2.00 | 10 |",
        "| diabetes | `auto` | ValueError: no luck |",
        "| taxi | binary | 1,500 | 4 | 1 | rides |",
        "| iris | multiclass | 1,500 | 4 | 3 |  |",
    ],
)
def test_page_shows_the_measured_values(line):
    assert line in report.render(results(), REMARKS).splitlines()


def test_page_where_nothing_failed_says_nothing_of_it():
    found = results()
    found.measurements = [entry for entry in found.measurements if "error" not in entry]
    assert "What failed" not in report.render(found, REMARKS)


def test_page_shows_a_table_whose_process_failed():
    found = results()
    found.parts["failed"] = {"digits": "exit code 1 after 3 s: DataError"}
    assert "| digits |  | exit code 1 after 3 s: DataError |" in report.render(found, REMARKS).splitlines()


@pytest.mark.slow
def test_published_are_page_picture_and_figures_and_failures_count_as_missed(tmp_path, capsys):
    found = results(tmp_path / "results.json")
    found.save()
    (tmp_path / "docs").mkdir()
    missed = report.publish(found, tmp_path / "docs")
    printed = capsys.readouterr().out
    names = sorted(file.name for file in (tmp_path / "docs").iterdir())
    assert names == ["quality.json", "quality.md", "quality.svg"]
    assert missed == printed.count("not met") + 1 > 1
    assert read(tmp_path / "docs" / "quality.json").measurements == found.measurements


def test_page_of_nothing_can_be_written(tmp_path):
    found = Results(tmp_path / "results.json", dict(FACTS), [], {})
    assert "## Targets" in report.render(found, REMARKS)


@pytest.mark.slow
@pytest.mark.skipif(not (DOCS / report.FIGURES).is_file(), reason="no figures were committed yet")
def test_committed_page_is_that_of_the_committed_results(tmp_path):
    for name in (report.PAGE, report.PICTURE):
        shutil.copy(DOCS / name, tmp_path / name)
    report.publish(read(DOCS / report.FIGURES), tmp_path)
    assert (tmp_path / report.PAGE).read_text() == (DOCS / report.PAGE).read_text()
