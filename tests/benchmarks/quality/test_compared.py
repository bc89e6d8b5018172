"""Which tables the comparison with AutoGluon measures, and what becomes of a process that fails."""

import json

from benchmarks.quality import compared
from benchmarks.quality.autogluon import AUTOGLUON
from benchmarks.quality.models import AUTO
from benchmarks.quality.tables import TABLES
from benchmarks.systems import PROJECT
from tests.benchmarks.quality.figures import compared_results as results
from tests.benchmarks.quality.figures import entry


def test_measured_tables_are_not_measured_again_and_a_process_that_fails_is_on_the_page(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(compared, "FOLDER", tmp_path / "state")
    monkeypatch.setattr(compared, "python_of", lambda *_: None)
    facts = compared.facts_of(PROJECT, compared.PACKAGES)
    before = results(tmp_path / "state" / "results.json")
    before.facts = facts
    before.save()
    called = []

    def process(wanted, folder, *, lock):
        called.append((wanted.table, wanted.time_limit, wanted.splits, wanted.families))
        return None, type("Taken", (), {"code": 1, "seconds": 0.5}), []

    monkeypatch.setattr(compared, "measured", process)
    docs = tmp_path / "docs"
    docs.mkdir()
    names = ("taxi", "iris", "wine")
    words = ["--resume", "--limits", "10", "--tables", *names, "--splits", "1", "2", "--at-once", "1"]
    words += ["--docs", str(docs), "--check"]
    assert compared.main(words) == 1
    assert called == [("wine", 10.0, [1], (AUTO, AUTOGLUON)), *((name, 10.0, [2], (AUTO, AUTOGLUON)) for name in names)]
    assert "| wine, 10 s, split 1 |  | exit code 1 |" in (docs / "autogluon.md").read_text().splitlines()
    assert len(json.loads((docs / "autogluon.json").read_text())["measurements"]) == 9
    assert "wine" in capsys.readouterr().out


def test_busy_machine_measures_auto_alone_and_keeps_the_other_figures(tmp_path, monkeypatch):
    monkeypatch.setattr(compared, "FOLDER", tmp_path / "state")
    monkeypatch.setattr(compared, "python_of", lambda *_: None)
    before = results(tmp_path / "state" / "results.json")
    before.facts = compared.facts_of(PROJECT, compared.PACKAGES)
    before.save()
    called = []

    def process(wanted, folder, *, lock):
        called.append((wanted.table, wanted.families))
        return None, type("Taken", (), {"code": 0, "seconds": 0.5}), [entry(wanted.table, "binary", AUTO, 0.95)]

    monkeypatch.setattr(compared, "measured", process)
    words = ["--resume", "--limits", "10", "--tables", "taxi", "--docs", str(tmp_path), "--load", "1"]
    assert [compared.main(words) for _ in range(2)] == [0, 0]
    assert called == [("taxi", (AUTO,))]
    found = json.loads((tmp_path / "autogluon.json").read_text())
    assert found["measurements"] == json.loads(json.dumps(before.measurements))
    assert found["parts"]["busy"] == [{"table": "taxi", "repeat": 1, "limit": 10.0, "load": 1, "score": 0.95}]


def test_default_is_every_table():
    found = compared.parsed([])
    assert (found.tables, tuple(found.limits), found.splits) == (list(TABLES), compared.LIMITS, [1])
