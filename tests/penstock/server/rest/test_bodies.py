import asyncio
import gzip
import zlib

import pytest

from penstock.server.errors import ServingError
from penstock.server.rest.bodies import DisconnectedError, NoRoomError, Place, Room, TooLargeError, decompressed, read


def read_all(*messages, length=b"", limit=10, room=0):
    left = list(messages)

    async def receive():
        return left.pop(0)

    with Place(Room(room)) as take:
        return asyncio.run(read(receive, length, limit, take))


def part(body, *, more=True):
    return {"type": "http.request", "body": body, "more_body": more}


def test_a_body_is_read_in_its_parts():
    assert read_all(part(b"ab"), part(b""), part(b"c", more=False)) == b"abc"
    assert read_all({"type": "http.request"}) == b""


def test_a_body_over_the_limit_is_not_read_to_its_end():
    with pytest.raises(TooLargeError):
        read_all(part(b"x" * 6), part(b"x" * 6))
    with pytest.raises(TooLargeError):
        read_all(length=b"11")


def test_bodies_together_over_the_limit_are_refused_until_one_is_answered():
    room = Room(10)
    with Place(room) as first, Place(room) as second:
        first(6)
        second(4)
        with pytest.raises(NoRoomError):
            second(1)
        first(0)
    with Place(room) as third:
        third(10)


def test_what_a_client_announces_takes_no_room():
    assert read_all(part(b"abc", more=False), length=b"9", room=3) == b"abc"
    with pytest.raises(NoRoomError):
        read_all(part(b"abc"), part(b"d"), room=3)


def test_a_client_that_has_gone_ends_the_request():
    with pytest.raises(DisconnectedError):
        read_all(part(b"x"), {"type": "http.disconnect"})


DATA = b"0123456789" * 100


def packed(data):
    """Return compressed bytes without a time: they are in the names of the tests, which all processes must share."""
    return gzip.compress(data, mtime=0)


PACKED = packed(DATA)


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", PACKED),
        (" GZIP ", packed(DATA[:500]) + packed(DATA[500:])),
        ("deflate", zlib.compress(DATA)),
        ("identity", DATA),
        ("br", DATA),
    ],
)
def test_a_body_is_decompressed(encoding, body):
    assert decompressed(body, encoding, 1000) == DATA


def test_an_empty_body_stays_empty():
    assert decompressed(b"", "gzip", 10) == b""


def test_a_bomb_is_refused_before_it_has_grown():
    with pytest.raises(TooLargeError):
        decompressed(gzip.compress(b"\0" * 50_000_000), "gzip", 1_000_000)
    assert len(decompressed(gzip.compress(b"\0" * 3_000_000), "gzip", 3_000_000)) == 3_000_000


@pytest.mark.parametrize("body", [b"{}", PACKED[:-1], PACKED[:5], PACKED + b"x"])
def test_what_is_not_gzip_is_refused(body):
    with pytest.raises(ServingError, match="The body is not valid gzip: "):
        decompressed(body, "gzip", 10_000)
