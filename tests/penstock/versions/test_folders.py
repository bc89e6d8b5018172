"""The folder of versions."""

import pytest

from penstock.versions import folders, record
from penstock.versions.folders import exclusive_access, publish, replace, set_aside, versions
from penstock.versions.record import RECORD
from tests.kept_run import MODEL, texts, write


@pytest.fixture
def model(tmp_path):
    write(tmp_path / "model", MODEL)
    return tmp_path / "model"


@pytest.fixture
def version(model, tmp_path):
    with exclusive_access(tmp_path / "models"):
        publish(model, tmp_path / "models" / "1", b"statistics")
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
        replace(model, version, b"statistics")
    after = texts(version)
    after.pop(RECORD.as_posix())
    assert after == before
    assert record.check(version, verify=True) == ()
    assert names(version.parent) == [".lock", "1"]


def test_missing_version_is_replaced(model, version):
    expected = texts(version)
    version.rename(version.parent.parent / "away")
    with exclusive_access(version.parent):
        replace(model, version, b"statistics")
    assert texts(version).keys() == expected.keys()


def test_damaged_version_is_unchanged_if_its_replacement_cannot_be_staged(model, version, monkeypatch):
    (version / "saved_model.pb").write_text("damaged")
    before = texts(version)

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folders.shutil, "copytree", full)
    with pytest.raises(OSError, match="No space"), exclusive_access(version.parent):
        replace(model, version, b"statistics")
    assert texts(version) == before
    assert versions(version.parent) == [1]


def test_version_that_is_set_aside_is_no_longer_listed(version):
    place = set_aside(version)
    assert versions(version.parent) == []
    assert place.name.startswith(".damaged-1-")
    assert (place / "saved_model.pb").is_file()
