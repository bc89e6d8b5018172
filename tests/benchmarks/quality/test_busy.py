"""The scores of `auto` on a busy machine, and the processes that make it busy."""

import subprocess
import sys
import time

import psutil
import pytest

from benchmarks.quality import busy, compared_page
from benchmarks.systems import PROJECT
from tests.benchmarks.quality.figures import compared_results as results
from tests.benchmarks.quality.figures import entry

STARTING = """
import os, sys
from benchmarks.quality import busy
with busy.processes(2):
    print("started", flush=True)
    sys.stdin.read()
    os._exit(9)
"""


def children():
    found = psutil.Process().children(recursive=True)
    return [each for each in found if "while True: pass" in " ".join(each.cmdline())]


@pytest.mark.slow
def test_processes_are_busy_until_the_end_of_the_block():
    with busy.processes(2):
        found = children()
        while sum(sum(each.cpu_times()[:2]) for each in found) < 0.2:
            time.sleep(0.01)
    assert len(found) == 2
    assert not children()


@pytest.mark.slow
def test_processes_end_with_the_one_that_started_them():
    with subprocess.Popen([sys.executable, "-c", STARTING], cwd=PROJECT, stdin=-1, stdout=-1, text=True) as started:
        assert started.stdout.readline() == "started\n"
        found = psutil.Process(started.pid).children()
        started.stdin.close()
        assert started.wait(60) == 9
    assert len(found) == 2
    psutil.wait_procs(found, 60)
    assert not [each for each in found if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]


def test_scores_on_a_busy_machine_are_kept_and_compared(tmp_path):
    found = results(tmp_path / "f")
    for table, task, score in (("taxi", "binary", 0.955), ("diabetes", "regression", 58.0), ("wide", "binary", 0.5)):
        busy.note(found, 10.0, 8, [entry(table, task, "auto", score), entry(table, task, "baseline", 0.5)])
    busy.note(found, 60.0, 8, [entry("iris", "multiclass", "auto", 0.2)])
    failed = {key: value for key, value in entry("iris", "multiclass", "auto", 0.2).items() if key != "scores"}
    busy.note(found, 10.0, 8, [{**failed, "error": "none"}])
    assert [each["table"] for each in found.parts["busy"]] == ["taxi", "diabetes", "wide", "iris"]
    assert busy.has(found, 10.0, 8, "taxi", 1)
    assert not busy.has(found, 10.0, 4, "taxi", 1)
    assert not busy.has(found, 10.0, 8, "iris", 1)
    page = compared_page.render(found, "").splitlines()
    assert "| taxi | 0.9600 | 0.9550 | 8 | -0.0050 ± 0.0098 |  |" in page
    assert "| diabetes | 55.00 | 58.00 | 8 | 3.0000 ± 1.9600 | beyond the interval |" in page
    assert not any(line.startswith("| wide | 0.5") for line in page)
    [verdict] = [each for each in compared_page.verdicts(found, 10.0) if "busy processes" in each.target]
    assert (verdict.value, verdict.bound, verdict.met) == (1, 2, False)


def test_page_has_no_section_without_a_busy_machine(tmp_path):
    assert "busy" not in compared_page.render(results(tmp_path / "f"), "")
