"""The share of the requests that are copied: by the id, so that each server decides the same."""

import pytest

from penstock.server.challenger.options import Challenging

IDS = [f"request-{number}" for number in range(4000)]


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
def test_share_is_that_of_many_ids(share):
    assert sum(map(Challenging(share).takes, IDS)) / len(IDS) == pytest.approx(share, abs=0.02)


def test_larger_share_has_the_requests_of_a_smaller_one():
    smaller, larger = Challenging(0.1), Challenging(0.3)
    assert all(larger.takes(each) for each in IDS if smaller.takes(each))


def test_decision_about_an_id_is_the_same_in_each_process():
    assert [number for number in range(40) if Challenging(0.1).takes(IDS[number])] == [0, 8, 9, 17, 18, 20, 24]
