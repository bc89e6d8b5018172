"""The JSON file of a benchmark."""

import json
from pathlib import Path

import pytest

from benchmarks.results import facts_of, read, start
from penstock.core.errors import ConfigError
from tests.benchmarks.figures import FACTS, entry, results

PROJECT = Path(__file__).resolve().parent.parent.parent


def test_file_is_whole_after_each_measurement(tmp_path):
    found = start(tmp_path / "folder" / "results.json", FACTS, resume=False)
    for repeat in (1, 2):
        found.add(entry("penstock", 10, 1.0, repeat=repeat))
        assert read(found.file) == found
    assert [file.name for file in found.file.parent.iterdir()] == ["results.json"]


def test_new_benchmark_starts_empty_and_a_resumed_one_with_what_there_is(tmp_path):
    before = results(tmp_path / "results.json")
    before.save()
    assert start(before.file, FACTS, resume=True).measurements == before.measurements
    assert start(before.file, FACTS, resume=False).measurements == []


@pytest.mark.parametrize(("fact", "value"), [("code", "other"), ("cpu", "other"), ("packages", {"tfx": "2"})])
def test_figures_of_other_code_or_another_machine_are_not_resumed(tmp_path, fact, value):
    before = results(tmp_path / "results.json")
    before.save()
    with pytest.raises(ConfigError, match=f"another {fact}"):
        start(before.file, {**FACTS, fact: value}, resume=True)


def test_benchmark_is_resumed_after_a_commit_that_changed_no_code(tmp_path):
    before = results(tmp_path / "results.json")
    before.save()
    assert start(before.file, {**FACTS, "commit": "other"}, resume=True).measurements


@pytest.mark.parametrize("text", [None, "", "{"])
def test_file_that_holds_no_results_is_refused_in_one_sentence(tmp_path, text):
    file = tmp_path / "results.json"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ConfigError, match="run `make benchmark`"):
        read(file)


def test_measurements_are_found_by_what_they_are(tmp_path):
    found = results()
    assert len(found.find(side="penstock", rows=15_002)) == 6
    assert len(found.find(side="penstock", rows=15_002, run="second", repeat=2)) == 1
    assert found.find(rows=7) == []


def test_facts_hold_code_and_machine_and_can_be_written():
    facts = facts_of(PROJECT)
    assert set(facts) == set(FACTS)
    assert facts["packages"]["tfx"] in ("1.16.0", "1.21.0")
    assert all(json.loads(json.dumps(facts)).values())
