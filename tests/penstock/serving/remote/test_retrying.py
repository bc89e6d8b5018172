"""Requests are repeated after growing pauses, and given up in the end."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from penstock.core.errors import DataError
from penstock.serving.remote.retrying import Patience, Unanswered, asked_pause, pause_after, repeated

PATIENCE = Patience(attempts=4, first=1.0, longest=3.0, most=60.0)


def failing(*pauses):
    left = list(pauses)

    def send():
        if left:
            raise Unanswered("status 503", left.pop(0))
        return "answer"

    return send


def test_pauses_grow_to_the_longest_and_are_random():
    for attempt, longest in ((0, 1.0), (1, 2.0), (2, 3.0), (9, 3.0)):
        found = [pause_after(attempt, 0, PATIENCE) for _ in range(200)]
        assert longest / 2 <= min(found) < max(found) <= longest
        assert len(set(found)) > 100


def test_answer_after_failures_is_returned_and_the_asked_pause_is_kept():
    waited = []
    assert repeated(failing(0, 7.0, 0), "m", PATIENCE, waited.append) == "answer"
    assert [pause >= asked for pause, asked in zip(waited, (0.5, 8.0, 1.5), strict=True)] == [True] * 3
    assert waited[1] <= 9.0


def test_request_is_given_up_after_all_attempts():
    waited = []
    with pytest.raises(DataError) as refused:
        repeated(failing(0, 0, 0, 0), "the model m", PATIENCE, waited.append)
    assert str(refused.value) == (
        "the model m: expected predictions, received status 503 at each of 4 attempts; start the command again, which "
        "continues where it writes to a file."
    )
    assert len(waited) == 3


def test_pause_that_is_too_long_and_a_closed_connection_end_it():
    waited = []
    with pytest.raises(DataError, match="received status 503; start"):
        repeated(failing(61.0), "m", PATIENCE, waited.append)
    assert waited == []
    with pytest.raises(Unanswered):
        repeated(failing(0), "m", PATIENCE, lambda pause: True)


@pytest.mark.parametrize(
    ("header", "seconds"), [(None, 0), ("", 0), ("7", 7), ("1.5", 1.5), ("-3", 0), ("soon", 0), ("nan-", 0)]
)
def test_retry_after_in_seconds(header, seconds):
    assert asked_pause(header) == seconds


def test_retry_after_as_a_date():
    assert asked_pause(format_datetime(datetime(2020, 1, 1, tzinfo=UTC), usegmt=True)) == 0
    later = datetime.now(UTC) + timedelta(days=1)
    assert 80_000 < asked_pause(format_datetime(later, usegmt=True)) <= 86_400
