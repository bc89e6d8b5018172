"""The wait for a client: its result, its errors, and its end."""

import os
import signal
import threading

import pytest

from penstock.core.errors import Interrupted, PenstockError
from penstock.core.interruption import interruptible
from pipeline.submission.waiting import within


def test_result_of_the_function_is_returned():
    assert within(60, "the service", lambda: 42) == 42


@pytest.mark.parametrize("error", [ValueError("wrong"), TimeoutError("of the client itself")])
def test_error_of_the_function_is_raised_unchanged(error):
    def failing():
        raise error

    with pytest.raises(type(error)) as caught:
        within(60, "the service", failing)
    assert caught.value is error


def test_service_that_does_not_answer_is_not_waited_for():
    never = threading.Event()
    with pytest.raises(PenstockError) as caught:
        within(0.05, "http://localhost:8888", never.wait)
    never.set()
    assert caught.value.exit_code == 1
    assert str(caught.value) == (
        "http://localhost:8888: expected an answer, received none within 0.05 seconds; look in the list of runs "
        "whether it took the run before you repeat, and raise --timeout if it is slow."
    )


def test_signal_ends_the_wait_with_a_sentence():
    never = threading.Event()

    def work():
        os.kill(os.getpid(), signal.SIGTERM)
        never.wait()

    with interruptible(), pytest.raises(Interrupted) as caught:
        within(60, "the service", work)
    never.set()
    assert caught.value.exit_code == 128 + signal.SIGTERM
    assert "look in the list of runs" in str(caught.value)
