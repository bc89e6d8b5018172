"""The whole measurement, of a few pages of a project with two runs."""

import json
import sys

import pytest

from benchmarks.dashboard import __main__ as program
from tests.metadata_store import RUNNING, StoreBuilder, configuration

NAMED = {"runs": "/p/taxi/runs", "run in progress": "/p/taxi/runs/run-2"}


@pytest.mark.slow
def test_measurement_is_printed_and_written_for_the_page(tmp_path, monkeypatch, capsys):
    builder = StoreBuilder(configuration(tmp_path))
    builder.whole_run("run-1", version=1)
    builder.node("run-2", "ExampleGen", state=RUNNING)
    monkeypatch.setattr(program, "FOLDER", tmp_path)
    monkeypatch.setattr(program.pages, "paths", lambda config: NAMED)
    monkeypatch.setattr(program.viewers, "_WARM_SECONDS", 0.1)
    words = ["--again", "--repeats", "2", "--seconds", "1", "--viewers", "1", "--chromium", "", "--traffic", "0"]
    monkeypatch.setattr(sys, "argv", ["dashboard", *words, "--json", str(tmp_path / "figures.json")])
    assert program.main() in (0, 1)  # whether a busy machine meets the targets
    found = json.loads((tmp_path / "figures.json").read_text())
    assert [each["page"] for each in found["pages"]] == list(NAMED)
    assert [each["page"] for each in found["viewers"]] == ["run in progress", "runs"]
    assert found["repeats"] == 2
    printed = capsys.readouterr().out
    assert "Slowest first byte, s: " in printed
    assert not (tmp_path / "state" / "metadata.sqlite.runs" / "run-2.lock").exists()
