"""What a disk refuses: one sentence with the folder and what to do."""

import errno
import os
import stat

import pytest

from pipeline.errors import DataError
from tables.disk import beside, replacing, sentences
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


def test_file_in_writing_has_a_name_of_its_own_and_the_rights_of_its_target(tmp_path):
    target = tmp_path / "rows.csv"
    target.touch()
    target.chmod(0o640)
    first, second = beside(target), beside(target, 0o600)
    assert first != second
    assert [oct(stat.S_IMODE(file.stat().st_mode)) for file in (first, second)] == ["0o640", "0o600"]


def test_file_of_the_user_with_the_name_of_one_in_writing_stays(tmp_path):
    (tmp_path / ".rows.csv.writing").write_text("mine")
    with replacing(tmp_path / "rows.csv") as file:
        file.write_text("rows")
    assert (tmp_path / ".rows.csv.writing").read_text() == "mine"
    assert oct(stat.S_IMODE((tmp_path / "rows.csv").stat().st_mode)) == "0o600"
