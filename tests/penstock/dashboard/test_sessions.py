"""Sessions in memory."""

import datetime

import pytest

from penstock.dashboard import sessions
from penstock.dashboard.sessions import LASTS_SECONDS, Sessions
from penstock.registry.documents import Token

OWNER = Token(id=1, created=datetime.datetime.now(datetime.UTC), name="ann", scopes=("promote",))


@pytest.fixture
def clock():
    return [100.0]


@pytest.fixture
def opened(clock):
    return Sessions(lambda: clock[0])


def test_session_is_found_for_its_own_pipeline_until_it_ends(opened, clock):
    session = opened.begin("taxi", "text", OWNER)
    assert opened.find(session.id, "taxi") is session
    assert opened.find(session.id, "other") is None
    assert opened.find("", "taxi") is None
    clock[0] += LASTS_SECONDS
    assert opened.find(session.id, "taxi") is None


def test_session_that_is_ended_is_gone_and_only_that(opened):
    one, two = (opened.begin("taxi", "text", OWNER) for _ in range(2))
    opened.end(one.id)
    opened.end("nothing")
    assert opened.find(one.id, "taxi") is None
    assert opened.find(two.id, "taxi") is two


def test_secrets_of_two_sessions_differ_and_a_form_is_of_one(opened):
    one, two = (opened.begin("taxi", "text", OWNER) for _ in range(2))
    assert len({one.id, two.id, one.form, two.form}) == 4
    assert one.made(one.form)
    assert not one.made(two.form)
    assert not one.made("")
    assert not one.made("\udc80")


def test_too_many_sessions_end_the_oldest(opened, monkeypatch):
    monkeypatch.setattr(sessions, "_MOST", 2)
    first, second, third = (opened.begin("taxi", "text", OWNER) for _ in range(3))
    assert [opened.find(each.id, "taxi") for each in (first, second, third)] == [None, second, third]
