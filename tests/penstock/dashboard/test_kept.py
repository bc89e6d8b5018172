"""What is kept until files change."""

import os
import time

import pytest

from penstock.core.errors import PenstockError
from penstock.dashboard.kept import Kept, of_registry, section_of, stamp
from penstock.metadata.lineage import Artifact

OLD = time.time() - 100


def write(file, text, seconds=OLD):
    """Write a file with a time of change."""
    file.write_text(text)
    os.utime(file, (seconds, seconds))


@pytest.mark.parametrize("as_folder", [True, False])
def test_what_is_made_is_made_again_if_a_file_has_changed(tmp_path, as_folder):
    file, made, kept = tmp_path / "file", [], Kept(10)
    place = tmp_path if as_folder else file

    def get(key=None):
        return kept.get(place, lambda: made.append(key) or file.read_text(), key)

    write(file, "one")
    assert [get(), get(), get()] == ["one"] * 3
    assert len(made) == 1
    write(file, "two", OLD + 1)
    assert get() == "two"
    write(file, "three", OLD + 1)
    assert get() == "three"
    assert (get("other"), len(made)) == ("three", 4)


def test_file_that_has_just_changed_is_read_each_time(tmp_path):
    kept = Kept(10)
    for text in ("one", "two"):  # of the same size, and perhaps in the same tick
        write(tmp_path / "file", text, time.time() + 60)
        assert kept.get(tmp_path, (tmp_path / "file").read_text) == text


def test_file_that_was_restored_with_time_and_size_of_another_one_is_read_again(tmp_path):
    file, kept = tmp_path / "file", Kept(10)
    write(file, "one")
    assert kept.get(file, file.read_text) == "one"
    write(tmp_path / "copy", "two")
    (tmp_path / "copy").replace(file)
    assert kept.get(file, file.read_text) == "two"


def test_error_is_not_kept_and_the_oldest_results_are_dropped(tmp_path):
    write(tmp_path / "file", "one")
    kept, made = Kept(2), []

    def fail():
        raise PenstockError("damaged")

    with pytest.raises(PenstockError, match="damaged"):
        kept.get(tmp_path, fail)
    for key in (1, 2, 1, 3, 1, 2):
        kept.get(tmp_path, lambda key=key: made.append(key), key)
    assert made == [1, 2, 3, 2]
    assert stamp(tmp_path / "nothing") == ()


def test_registry_is_asked_again_if_its_file_or_its_journal_has_changed(tmp_path):
    file, made, kept = tmp_path / "registry.sqlite", [], Kept(10)
    journal = tmp_path / "registry.sqlite-wal"

    def ask():
        return of_registry(kept, file, lambda: made.append(1) or len(made), "key")

    write(file, "rows")
    assert (ask(), ask()) == (1, 1)
    write(journal, "")  # as each connection makes one
    assert ask() == 1
    write(journal, "more")
    assert (ask(), ask()) == (2, 2)
    assert of_registry(kept, None, lambda: "from a server", "key") == "from a server"
    write(journal, "just now", time.time() + 60)
    assert (ask(), ask()) == (3, 4)


def test_section_of_an_artifact_follows_its_files_and_properties(tmp_path):
    def shown(**properties):
        return section_of(Artifact(1, "Other", "made", str(tmp_path), properties))

    write(tmp_path / "first.txt", "x")
    assert shown() is shown()
    assert "first.txt" in shown()
    write(tmp_path / "second.txt", "x")
    assert "second.txt" in shown()
    examples = [section_of(Artifact(1, "Examples", "e", str(tmp_path), {"query": query})) for query in ("one", "two")]
    assert examples[0] != examples[1]


def test_section_of_a_push_follows_the_files_of_the_version(tmp_path):
    artifact, version = tmp_path / "artifact", tmp_path / "models" / "1"
    for folder in (artifact, version):
        folder.mkdir(parents=True)
    write(version / "saved_model.pb", "x")
    properties = {"pushed": 1, "pushed_version": "1", "pushed_destination": str(version)}

    def shown():
        return section_of(Artifact(1, "PushedModel", "pushed_model", str(artifact), properties))

    assert "saved_model.pb" in shown()
    assert shown() is shown()
    (version / "saved_model.pb").unlink()
    assert "saved_model.pb" not in shown()


def test_section_of_an_artifact_whose_folder_is_gone_follows_the_folder(tmp_path):
    def shown():
        return section_of(Artifact(1, "Other", "made", str(tmp_path / "made"), {}))

    gone = shown()
    (tmp_path / "made").mkdir()
    assert shown() != gone
