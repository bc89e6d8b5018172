"""The selection of a pushed model, and the errors if there is none."""

import pytest

from penstock.core.errors import ConfigError
from penstock.serving.model import versions


@pytest.fixture
def pushed(tmp_path):
    for name in ("1", "9", "10", ".staging-99", "notes", "11x", "²"):
        (tmp_path / name).mkdir()
        (tmp_path / name / versions.SAVED_MODEL).touch()
    (tmp_path / "12").touch()
    return tmp_path


def test_newest_version_is_the_largest_number_and_not_the_last_name(pushed):
    found = versions.newest(pushed)
    assert (found.version, found.directory) == (10, pushed / "10")
    assert versions.versions(pushed) == [1, 9, 10]


def test_version_asked_for_is_found_by_its_number(pushed):
    assert versions.numbered(pushed, 9).directory == pushed / "9"


def test_version_with_leading_zeros_is_found_by_its_number(tmp_path):
    (tmp_path / "007").mkdir()
    (tmp_path / "007" / versions.SAVED_MODEL).touch()
    assert versions.newest(tmp_path).directory == tmp_path / "007"


def test_unknown_version_is_refused_with_a_list_of_those_there_are(pushed):
    with pytest.raises(ConfigError, match="expected one of 1, 9, 10, received 7"):
        versions.numbered(pushed, 7)


@pytest.mark.parametrize("folder", ["nothing-yet", "."])
def test_push_directory_without_a_version_says_what_to_run(tmp_path, folder):
    with pytest.raises(ConfigError, match="run `penstock run` first"):
        versions.newest(tmp_path / folder)


def test_version_without_a_saved_model_is_refused(tmp_path):
    (tmp_path / "3").mkdir()
    with pytest.raises(ConfigError, match=r"expected a SavedModel, received no saved_model\.pb"):
        versions.newest(tmp_path)


def test_folder_of_a_model_has_a_version_only_where_its_name_is_one(pushed):
    assert versions.at(pushed / "9").version == 9
    assert versions.at(pushed / "notes").version is None
    assert str(versions.at(pushed / "notes")) == "the model notes"


@pytest.mark.parametrize(
    ("folder", "received"),
    [
        ("nowhere", "received no such folder"),
        (".", r"a folder of 3 versions; name .*10"),
        ("empty", "a folder without"),
    ],
)
def test_folder_without_a_saved_model_is_refused(pushed, folder, received):
    (pushed / "empty").mkdir()
    with pytest.raises(ConfigError, match=received):
        versions.at(pushed / folder)
