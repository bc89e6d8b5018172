"""Signals that ask the process to end: raised once, reported once, and delayed in an uninterruptible block."""

import os
import signal
import subprocess
import sys
from contextlib import suppress

import pytest

from penstock.core.fingerprint import PROJECT
from penstock.core.interruption import SIGNALS, Signalled, interrupted, interruptible, is_interrupted, uninterruptible


@pytest.fixture(autouse=True)
def _no_signal_is_left_for_other_tests():
    """Enter a block that handles signals after each test, which forgets the ones that were received."""
    yield
    with interruptible():
        pass


def send(how=signal.SIGTERM):
    os.kill(os.getpid(), how)


@pytest.mark.parametrize("how", SIGNALS)
def test_signal_is_raised_and_reported_with_its_name_and_code(how):
    with interruptible(), pytest.raises(Signalled):
        send(how)
    assert is_interrupted()
    error = interrupted("reading", "during ExampleGen", "start it again")
    assert str(error) == f"reading was interrupted: received {how.name} during ExampleGen; start it again."
    assert error.exit_code == 128 + how
    assert not is_interrupted()


def cleaning_up(cleaned):
    try:
        send()
    finally:
        send()
        cleaned.append(True)


def test_second_signal_does_not_interrupt_the_clean_up():
    cleaned = []
    with interruptible(), pytest.raises(Signalled):
        cleaning_up(cleaned)
    assert cleaned == [True]


def test_signal_handlers_are_restored_and_earlier_signals_do_not_count():
    before = [signal.getsignal(each) for each in SIGNALS]
    with interruptible(), pytest.raises(Signalled):
        send()
    with interruptible():
        assert not is_interrupted()
    assert [signal.getsignal(each) for each in SIGNALS] == before


def test_ignored_signal_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interruptible():
            send(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)
    assert not is_interrupted()


def finish(done):
    with uninterruptible():
        send()
        done.append("within")
    done.append("after")


def test_uninterruptible_block_ends_before_the_signal_is_raised():
    done = []
    with interruptible(), pytest.raises(Signalled):
        finish(done)
    assert done == ["within"]


def test_earlier_signal_is_not_raised_by_a_later_uninterruptible_block():
    with interruptible(), pytest.raises(Signalled):
        send()
    with uninterruptible():
        pass


def swallowing():
    with suppress(KeyboardInterrupt):
        send()
    send(signal.SIGINT)


def test_second_signal_is_raised_where_the_first_was_swallowed():
    with interruptible(), pytest.raises(Signalled, match="SIGINT"):
        swallowing()


STUBBORN = """
import os, signal
from penstock.core.interruption import interruptible
with interruptible():
    for _ in range(4):
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        except KeyboardInterrupt:
            pass
"""


def test_third_signal_ends_a_process_that_caught_the_first():
    environment = {"PYTHONPATH": str(PROJECT)}
    done = subprocess.run(
        [sys.executable, "-c", STUBBORN], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 143
    assert done.stderr.count("\n") == 1
