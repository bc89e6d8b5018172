"""The arguments of the benchmark of quality, and of the process that measures one table."""

from pathlib import Path

import pytest

from benchmarks.quality import __main__ as benchmark
from benchmarks.quality import parts, worker
from benchmarks.quality.__main__ import MINUTES, parsed, time_limit
from benchmarks.quality.autogluon import AUTOGLUON
from benchmarks.quality.models import families
from benchmarks.quality.tables import TABLES
from benchmarks.results import Results, facts_of, read
from benchmarks.systems import PROJECT
from tests.benchmarks.quality.figures import results


def test_default_is_every_table_and_family_within_twenty_minutes():
    found = parsed([])
    assert (found.tables, found.families, found.minutes) == (list(TABLES), [*families(), AUTOGLUON], MINUTES)
    assert (found.repeats, found.check, found.resume) == (None, False, False)


@pytest.mark.parametrize("words", [["--tables", "nowhere"], ["--families", "magic"]])
def test_tables_and_families_that_are_none_are_refused(words, capsys):
    with pytest.raises(SystemExit):
        parsed(words)
    assert "invalid choice" in capsys.readouterr().err


@pytest.mark.parametrize(("rows", "seconds"), [(150, 13), (6_000, 28), (1_500_000, 60)])
def test_limit_of_time_goes_by_rows_between_two_bounds(rows, seconds):
    assert time_limit(rows) == seconds


def test_worker_takes_its_table_and_measures_all_families_by_default():
    found = worker.parsed(["--table", "iris", "--folder", "a", "--output", "b"])
    assert (found.table, found.families, found.splits) == ("iris", [*families(), AUTOGLUON], [1])
    assert (found.folder, found.output) == (Path("a"), Path("b"))


@pytest.mark.slow
@pytest.mark.parametrize(("words", "code"), [([], 0), (["--check"], 1)])
def test_table_for_which_no_time_is_left_is_on_the_page_and_counts_as_missed(tmp_path, monkeypatch, words, code):
    monkeypatch.setattr(benchmark, "FOLDER", tmp_path / "state")
    docs = tmp_path / "docs"
    docs.mkdir()
    given = ["--tables", "iris", "--minutes", "0", "--docs", str(docs), *words, "--without", *parts.measurements()]
    assert benchmark.main(given) == code
    assert "| iris |  | left out because of a lack of time |" in (docs / "quality.md").read_text().splitlines()


@pytest.mark.slow
def test_parts_that_a_stopped_benchmark_measured_are_not_measured_again(tmp_path, monkeypatch):
    monkeypatch.setattr(benchmark, "FOLDER", tmp_path)
    before = Results(tmp_path / "results.json", facts_of(PROJECT, benchmark.PACKAGES), [], results().parts)
    assert set(before.parts) >= set(parts.measurements())
    before.save()
    docs = tmp_path / "docs"
    docs.mkdir()
    benchmark.main(["--resume", "--tables", "iris", "--minutes", "0", "--docs", str(docs)])
    after = read(docs / "quality.json").parts
    assert {name: after[name] for name in parts.measurements()} == {
        name: before.parts[name] for name in parts.measurements()
    }
    assert "| 7 trees: export, s | 1,500 | ≤ 5 | 1.25 | met |" in (docs / "quality.md").read_text().splitlines()


def test_last_line_of_a_log_that_is_not_empty_is_reported(tmp_path):
    log = tmp_path / "log"
    log.write_text("first\nlast \n\n")
    assert benchmark._last_line(log) == "last"
    log.write_text("")
    assert benchmark._last_line(log) == "nothing was said"
