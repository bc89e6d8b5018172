"""The manifest of an artifact."""

import os

import pytest

from penstock.integrity import manifests
from tests.file_limit import file_limit
from tests.kept_run import manifest_of, swap_bytes, write


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "Trainer" / "model" / "8"
    write(folder, {"saved_model.pb": "graph", "assets/words": "a b"})
    manifests.write(folder)
    return folder


def test_manifest_lies_next_to_the_folder_and_changes_nothing_in_it(folder):
    assert sorted(path.name for path in folder.parent.iterdir()) == [".8.json", "8"]
    assert sorted(path.name for path in folder.iterdir()) == ["assets", "saved_model.pb"]
    assert manifests.check(folder) == manifests.check(folder, verify=True) == ()


def test_changed_artifact_is_reported_by_file(folder):
    swap_bytes(folder / "saved_model.pb")
    [difference] = manifests.check(folder)
    assert str(difference) == "saved_model.pb has other content than it was written with"


def test_artifact_without_a_folder_is_missing(folder):
    folder.rename(folder.with_name("elsewhere"))
    assert [str(difference) for difference in manifests.check(folder)] == ["the folder is missing"]


def test_artifact_without_a_manifest_only_has_to_exist(folder):
    manifest_of(folder).unlink()
    swap_bytes(folder / "saved_model.pb")
    assert not manifests.exists(folder)
    assert manifests.check(folder) == ()


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"files": 1}', '{"files": {"a": []}}'])
def test_manifest_that_cannot_be_read_counts_as_damage(folder, text):
    manifest_of(folder).write_text(text)
    assert [str(difference) for difference in manifests.check(folder)] == [".8.json cannot be read"]


def test_new_times_of_unchanged_content_are_recorded(folder):
    os.utime(folder / "saved_model.pb", (1, 1))
    assert manifests.check(folder) == ()
    assert manifests.read(folder)["saved_model.pb"].time == 1_000_000_000


def test_manifest_that_cannot_be_written_leaves_the_old_one(folder):
    before = manifest_of(folder).read_text()
    os.utime(folder / "saved_model.pb", (1, 1))
    with file_limit(10):
        assert manifests.check(folder) == ()
    assert manifest_of(folder).read_text() == before
    assert sorted(path.name for path in folder.parent.iterdir()) == [".8.json", "8"]
