"""The comparison of `auto` with AutoGluon: what is measured anew, the advantage with its interval, and the page."""

import json

import pytest

from benchmarks.quality import compared, compared_page, peers
from benchmarks.quality.autogluon import AUTOGLUON
from benchmarks.quality.models import AUTO
from benchmarks.quality.tables import TABLES
from benchmarks.results import Results
from benchmarks.systems import PROJECT
from tests.benchmarks.figures import FACTS
from tests.benchmarks.quality.figures import entry

# By table: the task, and the scores of HistGradientBoosting, AutoGluon and `auto` with its advantage and its error.
FOUND = {
    "taxi": ("binary", 0.95, 0.94, 0.96, (0.02, 0.005)),
    "iris": ("multiclass", 0.30, 0.20, 0.21, (-0.01, 0.02)),
    "diabetes": ("regression", 61.0, 50.0, 55.0, (-5.0, 1.0)),
}


def results(file):
    found = Results(file, dict(FACTS), [], {"failed": {"wide, 10 s": "exit code -9"}})
    for table, (task, boosting, theirs, ours, gain) in FOUND.items():
        for model, score, more in (
            (AUTO, ours, {"megabytes": 2.0, "latency": 10.0}),
            (peers.BOOSTING, boosting, {"latency": 5.0}),
            (AUTOGLUON, theirs, {"megabytes": 30.0, "latency": 200.0, "advantage": gain}),
        ):
            made = entry(table, task, model, score, **more)
            found.measurements.append({**made, "limit": 10.0})
    return found


def test_advantage_is_the_mean_of_the_splits_and_its_interval_does_not_shrink_with_them():
    found = compared_page.advantage([{"advantage": (3.0, 1.0)}, {"advantage": (1.0, 1.0)}, {"error": "none"}])
    assert (found.value, found.interval, found.words) == (2.0, pytest.approx(1.96), "better")
    assert compared_page.advantage([{"error": "none"}]) is None


@pytest.mark.parametrize(("value", "words"), [(0.5, "equal"), (-0.5, "equal"), (2.0, "better"), (-2.0, "worse")])
def test_difference_within_its_interval_is_none(value, words):
    assert compared_page.Advantage(value, 1.0).words == words


def test_targets_count_what_is_worse_beyond_its_interval(tmp_path):
    found = {each.target: (each.value, each.met) for each in compared_page.verdicts(results(tmp_path / "f"), 10.0)}
    assert found == {
        "10 s: tables of 3 on which `auto` is not worse than AutoGluon": (2, False),
        "10 s: tables of 3 on which `auto` is better": (1, False),
        "10 s: median of the gain over AutoGluon, %": (pytest.approx(-5.0), False),
        "10 s: time of scoring, `auto` / AutoGluon: median": (0.05, True),
        "10 s: time of scoring, `auto` / AutoGluon: largest": (0.05, True),
        "10 s: time of scoring, `auto` / HistGradientBoosting: median": (2.0, True),
        "10 s: time of scoring, `auto` / HistGradientBoosting: largest": (2.0, True),
        "10 s: largest `auto` on the disk, MB": (2.0, True),
    }


@pytest.mark.parametrize(
    "line",
    [
        "| taxi | 1,500 | AUC ↑ | 0.9500 | 0.9400 | **0.9600** | better | 0.0200 ± 0.0098 "
        "| 5 | 200 | 10 | 30.0 | 2.0 |",
        "| diabetes | 1,500 | RMSE ↓ | 61.00 | **50.00** | 55.00 | worse | -5.0000 ± 1.9600 "
        "| 5 | 200 | 10 | 30.0 | 2.0 |",
        "| wide, 10 s |  | exit code -9 |",
    ],
)
def test_page_has_each_table_and_what_failed(tmp_path, line):
    assert line in compared_page.render(results(tmp_path / "f"), "").splitlines()


def test_measured_tables_are_not_measured_again_and_a_process_that_fails_is_on_the_page(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(compared, "FOLDER", tmp_path / "state")
    monkeypatch.setattr(compared, "python_of", lambda *_: None)
    facts = compared.facts_of(PROJECT, compared.PACKAGES)
    before = results(tmp_path / "state" / "results.json")
    before.facts = facts
    before.save()
    called = []

    def process(wanted, folder, *, lock):
        called.append((wanted.table, wanted.time_limit, wanted.families))
        return None, type("Taken", (), {"code": 1, "seconds": 0.5}), []

    monkeypatch.setattr(compared, "measured", process)
    docs = tmp_path / "docs"
    docs.mkdir()
    words = ["--resume", "--limits", "10", "--tables", "taxi", "iris", "wine", "--docs", str(docs), "--check"]
    assert compared.main(words) == 1
    assert called == [("wine", 10.0, (AUTO, AUTOGLUON))]
    assert "| wine, 10 s |  | exit code 1 |" in (docs / "autogluon.md").read_text().splitlines()
    assert len(json.loads((docs / "autogluon.json").read_text())["measurements"]) == 9
    assert "wine" in capsys.readouterr().out


def test_default_is_every_table():
    found = compared.parsed([])
    assert (found.tables, tuple(found.limits), found.repeats) == (list(TABLES), compared.LIMITS, 1)
