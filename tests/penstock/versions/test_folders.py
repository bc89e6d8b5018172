"""The folder of versions."""

import pytest

from penstock.versions import folders, record
from penstock.versions.folders import (
    exclusive_access,
    latest_first,
    next_push,
    publish,
    record_push,
    replace,
    set_aside,
    versions,
)
from penstock.versions.record import RECORD, STATISTICS, WARM_UP, Push
from tests.kept_run import MODEL, texts, write


@pytest.fixture
def model(tmp_path):
    write(tmp_path / "model", MODEL)
    return tmp_path / "model"


@pytest.fixture
def version(model, tmp_path):
    with exclusive_access(tmp_path / "models"):
        publish(model, tmp_path / "models" / "1", {STATISTICS: b"statistics"})
    return tmp_path / "models" / "1"


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_version_is_replaced_and_keeps_files_that_its_users_added(model, version):
    before = texts(version) | {"assets.extra/warmup": "requests"}
    before.pop(RECORD.as_posix())
    (version / "assets.extra" / "warmup").write_text("requests")
    (version / "assets.extra" / "statistics.pb").write_text("damaged")
    (version / "saved_model.pb").write_text("damaged")
    (version / "more").touch()
    with exclusive_access(version.parent):
        replace(model, version, {STATISTICS: b"statistics"})
    after = texts(version)
    after.pop(RECORD.as_posix())
    assert after == before
    assert record.check(version, verify=True) == ()
    assert names(version.parent) == [".lock", "1"]


def test_replaced_version_keeps_warm_up_requests_of_its_users_and_not_those_of_a_push(model, version):
    (version / WARM_UP).write_text("of a user")
    (version / "saved_model.pb").write_text("damaged")
    with exclusive_access(version.parent):
        replace(model, version, {})
        assert (version / WARM_UP).read_text() == "of a user"
        replace(model, version, {WARM_UP: b"of the push"})
        assert (version / WARM_UP).read_text() == "of the push"
        replace(model, version, {})
    assert not (version / WARM_UP).exists()


def test_missing_version_is_replaced(model, version):
    expected = texts(version)
    version.rename(version.parent.parent / "away")
    with exclusive_access(version.parent):
        replace(model, version, {STATISTICS: b"statistics"})
    assert texts(version).keys() == expected.keys()


def test_damaged_version_is_unchanged_if_its_replacement_cannot_be_staged(model, version, monkeypatch):
    (version / "saved_model.pb").write_text("damaged")
    before = texts(version)

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folders.shutil, "copytree", full)
    with pytest.raises(OSError, match="No space"), exclusive_access(version.parent):
        replace(model, version, {STATISTICS: b"statistics"})
    assert texts(version) == before
    assert versions(version.parent) == [1]


def test_version_that_is_set_aside_is_no_longer_listed(version):
    place = set_aside(version)
    assert versions(version.parent) == []
    assert place.name.startswith(".damaged-1-")
    assert (place / "saved_model.pb").is_file()


def test_versions_are_in_the_order_of_their_last_push(model, tmp_path):
    directory = tmp_path / "models"
    assert latest_first(directory) == []
    with exclusive_access(directory):
        for number, origin in ((1, "a"), (2, "b"), (3, "c")):
            publish(model, directory / str(number), {}, next_push(directory, origin))
        assert latest_first(directory) == [3, 2, 1]
        record_push(directory / "2", next_push(directory, "b"))  # the same artifact
        assert latest_first(directory) == [3, 2, 1]
        record_push(directory / "1", next_push(directory, "d"))
        assert latest_first(directory) == [1, 3, 2]
        assert next_push(directory, "e") == Push(5, "e")


def test_push_of_a_replaced_version_is_kept(model, tmp_path):
    directory = tmp_path / "models"
    with exclusive_access(directory):
        publish(model, directory / "1", {}, Push(7, "a"))
        (directory / "1" / "saved_model.pb").write_text("damaged")
        replace(model, directory / "1", {})
    assert record.read(directory / "1").push == Push(7, "a")


def test_version_of_an_earlier_release_keeps_its_place_at_another_push(model, version):
    with exclusive_access(version.parent):
        publish(model, version.parent / "2", {}, next_push(version.parent, "b"))
        record_push(version, next_push(version.parent, "c"))
    assert record.read(version).push == Push(1, "c")
    assert latest_first(version.parent) == [2, 1]
