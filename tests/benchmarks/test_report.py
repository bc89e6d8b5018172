"""The page of the stored results."""

import re
import shutil
from pathlib import Path

import pytest

from benchmarks import report
from benchmarks.dashboard import report as dashboard
from benchmarks.results import read
from benchmarks.serving import report as serving
from tests.benchmarks.figures import STARTUP, results

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"


def page() -> str:
    found = results()
    found.parts = {"startup": STARTUP, "imports": {"command": {"typer": 0.1}, "nodes": {"tensorflow": 5.0, "tfx": 1.5}}}
    return report.render(found, "## What is left, and why\n\nNothing.\n")


def test_page_has_its_sections_in_order():
    assert re.findall(r"^#+ (.*)$", page(), re.MULTILINE) == [
        "Performance",
        "Method",
        "Targets",
        "The whole process",
        "Each node of a first run",
        "Start-up",
        "What a first run at 150,020 rows is made of",
        "What is left, and why",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "| First run, whole process: Penstock / upstream | 15,002 | ≤ 0.45 | 0.400 | met |",
        "| First run, whole process: Penstock / upstream | 150,020 | ≤ 0.35 | 0.400 | not met |",
        "| 15,002 | first | penstock | 3 | 20.0 | 16.0 to 24.0 | 30.0 | 750 | 1.00 GB | 0.9500 |",
        "| 15,002 | ExampleGen | 12.50 | 5.00 | 2.50 | 3,000 |",
        "| `penstock --help` | 0.200 | 4.0% |",
        "| **the whole run** | **32.00** | **100%** |",
        "| the process that runs the nodes | 6.50 | tensorflow 5.00, tfx 1.50, others 0.00 |",
    ],
)
def test_page_shows_the_measured_values(line):
    assert line in page().splitlines()


def test_page_without_start_up_and_imports_leaves_them_out():
    text = report.render(results(), "")
    assert "Start-up" not in text
    assert "importtime" not in text


@pytest.mark.slow
def test_published_are_page_picture_and_figures_and_the_missed_targets_are_counted(tmp_path, capsys):
    found = results(tmp_path / "results.json")
    found.save()
    (tmp_path / "docs").mkdir()
    missed = report.publish(found, tmp_path / "docs")
    printed = capsys.readouterr().out
    assert sorted(file.name for file in (tmp_path / "docs").iterdir()) == [
        "performance.json",
        "performance.md",
        "performance.svg",
    ]
    assert missed == printed.count("not met") > 0
    assert read(tmp_path / "docs" / "performance.json").measurements == found.measurements


@pytest.mark.slow
@pytest.mark.skipif(not (DOCS / report.FIGURES).is_file(), reason="no figures were committed yet")
def test_committed_page_is_that_of_the_committed_results(tmp_path):
    for name in (report.PAGE, report.PICTURE, serving.FIGURES, dashboard.FIGURES):
        shutil.copy(DOCS / name, tmp_path / name)
    report.publish(read(DOCS / report.FIGURES), tmp_path)
    assert (tmp_path / report.PAGE).read_text() == (DOCS / report.PAGE).read_text()
