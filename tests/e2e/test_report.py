"""The report that the first run wrote: its parts, its bytes in other processes, its size, and the page in Chromium."""

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.chromium import chromium, violations
from tests.e2e.conftest import Project

pytestmark = [pytest.mark.slow, pytest.mark.e2e]

# What a reviewer finds in the report of a binary task, in this order.
PARTS = (
    "Thresholds",
    "Changes since the last version",
    "Serving",
    "Leakage suspects",
    "Anomalies",
    "Drift and skew",
    "Schema changes",
    "Columns",
    "Training",
    "Feature importance",
    "Partial dependence",
    "Threshold explorer",
    "Ranking",
    "Calibration and errors",
    "Worst slices",
    "Configured slices",
    "Worst rows",
    "Machine",
    "Configuration",
    "Packages",
    "Intended users",
    "Intended use",
    "Limits",
    "Ethical considerations",
)


@pytest.fixture
def copied(first_run, tmp_path):
    """A copy of the first run's project; its records name the artifacts of that project, which are read only."""
    return Project(Path(shutil.copytree(first_run.unchanged, tmp_path / "project")), environment={})


def test_run_writes_a_report_with_every_part_and_keeps_it_with_the_version(first_run):
    file = Path(first_run.found["report"]["file"])
    assert first_run.found["report"]["problem"] == ""
    content = file.read_text()
    assert tuple(re.findall("<h3>(.*?)</h3>", content)) == PARTS
    assert "cannot be shown" not in content
    assert (first_run.project.folder / "models/1/assets.extra/report.html").read_text() == content
    assert content.count('class="card"') == 18  # each column of the file, the label instead of the tip
    assert "No version was in production when the run began. This run promoted version 1 to production." in content


def test_report_has_the_same_bytes_in_another_process_language_time_zone_and_order_of_hashes(copied):
    [page] = copied.folder.glob("state/reports/*/*.html")
    analyses = page.parent / "analyses"
    [of_the_run] = [file.read_bytes() for file in analyses.iterdir()]
    shutil.rmtree(analyses)
    written = []
    for seed, zone, language in (("1", "UTC", "C"), ("4242", "Asia/Kathmandu", "C.UTF-8")):
        copied.environment = {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": language}
        done = copied.penstock("report", "--again")
        assert (done.returncode, done.stderr) == (0, "")
        # The first of the two analyses the model, in another process than the run did.
        assert [file.read_bytes() for file in analyses.iterdir()] == [of_the_run]
        written.append((page.read_bytes(), page.with_suffix(".json").read_bytes()))
    assert written[0] == written[1]


def test_page_of_the_run_asks_for_nothing_and_cuts_nothing_off(first_run):
    cut_off = """[...document.querySelectorAll("svg text")].filter(each => {
        const [text, svg] = [each.getBoundingClientRect(), each.ownerSVGElement.getBoundingClientRect()]
        return text.left < svg.left - 1 || text.right > svg.right + 1 }).map(each => each.textContent)"""
    with chromium() as browser, browser.tab(360, dark=True) as tab:
        page = tab.go(Path(first_run.found["report"]["file"]), cut_off)
        assert (page.requests, page.errors, page.found, violations(tab)) == ([], [], [], [])


def test_card_has_what_the_run_knows(copied):
    card = json.loads(copied.penstock("report", "1", "--format", "card-json").stdout)
    assert card["schema_version"] == "0.0.2"
    kinds = {each["type"] for each in card["quantitative_analysis"]["performance_metrics"]}
    assert {"auc", "log_loss"} <= kinds
