"""Whether a file has changed."""

import os

import pytest

from penstock.core.stamps import FileStamp, is_settled, stamp_of

SECOND = 1_000_000_000
NOW = 1_000 * SECOND


def test_file_with_time_and_size_of_another_one_has_another_stamp(tmp_path):
    for name, text in (("first", "one"), ("second", "two")):
        (tmp_path / name).write_text(text)
        os.utime(tmp_path / name, (1, 1))
    first, second = (stamp_of(tmp_path / name) for name in ("first", "second"))
    assert (first.written, first.size) == (second.written, second.size) == (SECOND, 3)
    assert first != second
    assert first == stamp_of(str(tmp_path / "first"))
    assert stamp_of(tmp_path / "third") is None


@pytest.mark.parametrize(
    ("ago", "settled"),
    [
        (0.05, False),
        (0.2, True),
        # The file system may have no parts of a second.
        (0, False),
        (1, False),
        (2, False),
        (3, True),
        (-0.5, False),
    ],
)
def test_change_of_just_now_is_not_settled(ago, settled):
    stamps = [FileStamp(NOW - round(ago * SECOND), 0, 1, 1), FileStamp(1, 0, 1, 2)]
    assert is_settled(stamps, NOW) is settled
    assert is_settled(stamps[1:]) is is_settled([]) is True
