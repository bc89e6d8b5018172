"""Only folders with the mark are removed with their content."""

import os
import shutil
from pathlib import Path

import pytest

from penstock.core import marked_folders


@pytest.fixture
def ours(tmp_path):
    folder = tmp_path / "ours"
    marked_folders.make(folder)
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "deep" / "er" / "rows").write_text("x")
    (folder / "rows").write_text("x")
    return folder


def test_marked_folder_is_removed_with_its_content(ours):
    assert marked_folders.remove(ours)
    assert not ours.exists()
    assert not marked_folders.remove(ours)


def without_mark(folder):
    (folder / marked_folders.MARK).unlink()


def with_other_words(folder):
    (folder / marked_folders.MARK).write_text("notes")


def with_more_words(folder):
    with (folder / marked_folders.MARK).open("a") as file:
        file.write("and notes")


def with_a_link(folder):
    moved = folder.with_name("mark")
    shutil.move(folder / marked_folders.MARK, moved)
    (folder / marked_folders.MARK).symlink_to(moved)


def with_a_folder(folder):
    without_mark(folder)
    (folder / marked_folders.MARK).mkdir()


def with_a_pipe(folder):
    without_mark(folder)
    os.mkfifo(folder / marked_folders.MARK)


@pytest.mark.parametrize(
    "change", [without_mark, with_other_words, with_more_words, with_a_link, with_a_folder, with_a_pipe]
)
def test_folder_without_the_exact_mark_stays(ours, change):
    change(ours)
    assert not marked_folders.remove(ours)
    assert (ours / "deep" / "er" / "rows").read_text() == "x"


def test_link_to_a_marked_folder_stays_and_so_does_the_folder(ours, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(ours)
    assert not marked_folders.remove(link)
    assert (link.is_symlink(), (ours / "rows").exists()) == (True, True)


def test_folder_of_another_user_stays(ours, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert not marked_folders.remove(ours)
    assert (ours / "rows").exists()


def test_target_of_a_link_in_a_marked_folder_stays(ours, tmp_path):
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "notes.txt").write_text("mine")
    (ours / "link").symlink_to(notes)
    (ours / "deep" / "link").symlink_to(notes)
    assert marked_folders.remove(ours)
    assert (notes / "notes.txt").read_text() == "mine"


def test_interrupted_removal_can_be_completed(ours, monkeypatch):
    def refuse(*_, **__):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(shutil, "rmtree", refuse)
    with pytest.raises(OSError, match="Input/output"):
        marked_folders.remove(ours)
    monkeypatch.undo()
    assert marked_folders.remove(ours)
    assert not ours.exists()


def test_empty_folder_gets_the_mark_and_one_with_content_does_not(tmp_path):
    (tmp_path / "empty").mkdir()
    marked_folders.make(tmp_path / "empty")
    assert marked_folders.remove(tmp_path / "empty")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").touch()
    for place in (marked_folders.make, marked_folders.recreate):
        with pytest.raises(FileExistsError, match="did not make"):
            place(tmp_path / "full")
    assert os.listdir(tmp_path / "full") == ["notes.txt"]


def test_link_does_not_get_the_mark(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "empty")
    with pytest.raises(OSError, match=r"directory|symbolic"):
        marked_folders.make(tmp_path / "link")
    assert os.listdir(tmp_path / "empty") == []


def test_marked_folder_is_recreated_empty_and_private(ours):
    marked_folders.recreate(ours)
    assert os.listdir(ours) == [marked_folders.MARK]
    assert [oct(Path(path).stat().st_mode & 0o777) for path in (ours, ours / marked_folders.MARK)] == ["0o700", "0o600"]


def test_only_a_folder_without_content_is_empty(ours, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    places = {name: marked_folders.is_empty(tmp_path / name) for name in ("empty", "file", "ours", "none")}
    assert places == {"empty": True, "file": False, "ours": False, "none": False}
