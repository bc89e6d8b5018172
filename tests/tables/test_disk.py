"""What a disk refuses: one sentence with the folder and what to do."""

import errno
import os

import pytest

from pipeline.errors import DataError
from tables.disk import replacing, sentences
from tests.file_limit import file_limit


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, ["no space left on device", "free some there", "another folder"]),
        (errno.EDQUOT, ["quota", "free some there"]),
        (errno.EFBIG, ["file too large", "free some there"]),
        (errno.EACCES, ["permission denied", "rights"]),
        (errno.EROFS, ["read-only", "rights"]),
    ],
)
def test_what_the_system_says_is_one_sentence(tmp_path, code, words):
    with pytest.raises(DataError) as caught, sentences(tmp_path):
        raise OSError(code, os.strerror(code))
    assert [word for word in [str(tmp_path), *words] if word not in str(caught.value)] == []
    assert "\n" not in str(caught.value)


def test_other_errors_pass(tmp_path):
    with pytest.raises(ZeroDivisionError), sentences(tmp_path):
        raise ZeroDivisionError


def test_file_takes_the_place_of_another_only_when_it_is_whole(tmp_path):
    target = tmp_path / "deep" / "rows.csv"
    with replacing(target) as file:
        file.write_text("old")
    with pytest.raises(DataError), file_limit(10), replacing(target) as file:
        file.write_text("new" * 100)
    assert [path.name for path in target.parent.iterdir()] == ["rows.csv"]
    assert target.read_text() == "old"
