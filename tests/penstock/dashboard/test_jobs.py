"""Commands that are started from a page."""

import sys
import time

import pytest

from penstock.core.errors import PenstockError
from penstock.dashboard.jobs import Jobs

COMMANDS = {
    "fails": [sys.executable, "-c", "print('one\\x1b[1m'); import sys; print('two', file=sys.stderr); sys.exit(3)"],
    "waits": [sys.executable, "-c", "input(); print('never')"],
    "stays": ["sleep", "600"],
}


@pytest.fixture
def jobs(tmp_path):
    opened = Jobs(COMMANDS, tmp_path / "logs" / "dashboard.log")
    yield opened
    if opened._last:
        opened._last[1].kill()
        opened._last[1].wait()


def ended(jobs):
    while jobs.last().code is None:
        time.sleep(0.01)
    return jobs.last()


def test_output_and_exit_code_of_the_last_command_are_shown(jobs):
    assert jobs.last() is None
    jobs.start("fails")
    job = ended(jobs)
    assert (job.name, job.code, sorted(job.lines)) == ("fails", 3, ["one\\u001b[1m", "two"])
    jobs.start("waits")
    assert (ended(jobs).name, jobs.last().code) == ("waits", 1)


def test_second_command_waits_for_the_end_of_the_first(jobs):
    jobs.start("stays")
    with pytest.raises(PenstockError, match="`penstock stays`, which still runs"):
        jobs.start("fails")
    assert jobs.last().code is None


def test_unknown_command_is_refused(jobs):
    with pytest.raises(PenstockError, match="the command 'rm': expected one of fails, waits, stays"):
        jobs.start("rm")


def test_output_is_private(jobs, tmp_path):
    jobs.start("fails")
    ended(jobs)
    assert (tmp_path / "logs" / "dashboard.log").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("program", "found", "lines"),
    [
        (
            "import json, sys; print(json.dumps(dict(a=[dict(b=1), 2]))); print('why', file=sys.stderr)",
            [{"b": 1}],
            ("why",),
        ),
        ("print('no JSON')", [], ()),
        ("print('[1]')", [], ()),
    ],
)
def test_json_of_a_command_is_separate_from_its_errors(tmp_path, program, found, lines):
    jobs = Jobs({"says": [sys.executable, "-c", program]}, tmp_path / "out.json", as_json=True)
    jobs.start("says")
    job = ended(jobs)
    assert (job.list("a"), job.lines) == (found, lines)
    assert job.list("nothing") == []


def test_words_are_added_to_those_of_the_command(tmp_path):
    jobs = Jobs({"says": [sys.executable, "-c", "import sys; print(sys.argv[1:])"]}, tmp_path / "out")
    jobs.start("says", "--", "--all")
    assert ended(jobs).lines == ("['--', '--all']",)
