"""Folders for the moment: gone when their process is done, removed by another when it was killed, and no others."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tables import marked
from tables.spill import remove_orphans, spill

HOLD = """
import sys
from tables.spill import spill
with spill() as folder:
    (folder / "rows").write_text("x")
    print(folder, flush=True)
    sys.stdin.read()
"""
# Ends before the mark is written.
EARLY = """
import os
from tables import marked
from tables.spill import spill
marked.mark = lambda descriptor: os._exit(1)
with spill():
    pass
"""


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_folder_is_empty_and_gone_after_use_and_after_an_error(tmp_path):
    with spill() as folder:
        assert list(folder.iterdir()) == []
        (folder / "rows").write_text("x")
    with pytest.raises(ZeroDivisionError), spill() as folder:
        raise ZeroDivisionError
    assert names(tmp_path) == []


def test_only_the_folder_of_a_killed_process_is_removed(tmp_path):
    with (
        spill() as ours,
        subprocess.Popen([sys.executable, "-c", HOLD], stdin=-1, stdout=-1, text=True) as holder,
    ):
        held = Path(holder.stdout.readline().strip())
        remove_orphans()
        assert (ours.exists(), held.exists()) == (True, True)
        holder.kill()
        holder.wait()
        remove_orphans()
        assert (ours.exists(), held.parent.exists()) == (True, False)


def test_folders_and_files_of_the_user_with_such_names_stay_however_old(tmp_path):
    clone, results = tmp_path / "penstock-main", tmp_path / "penstock-results"
    for folder in (clone / "cli", results):
        folder.mkdir(parents=True)
        (folder / "notes.txt").write_text("mine")
    (results / marked.MARK).write_text("a mark of the user's own\n")
    (tmp_path / "penstock-notes").write_text("mine")
    (tmp_path / "penstock-link").symlink_to(results)
    (tmp_path / "penstock-broken").symlink_to(tmp_path / "nowhere")
    (tmp_path / "penstock-empty").mkdir()
    for path in tmp_path.iterdir():
        os.utime(path, (1e9, 1e9), follow_symlinks=False)
    before = names(tmp_path)
    remove_orphans()
    assert names(tmp_path) == before
    assert [(folder / "notes.txt").read_text() for folder in (clone / "cli", results)] == ["mine", "mine"]


def test_link_to_a_folder_that_nobody_holds_does_not_lead_to_its_removal(tmp_path):
    kept = tmp_path / "kept"
    marked.make(kept)
    (tmp_path / "penstock-link").symlink_to(kept)
    remove_orphans()
    assert names(tmp_path) == ["kept", "penstock-link"]


def test_folder_of_a_process_killed_before_its_mark_stays_and_is_empty(tmp_path):
    assert subprocess.run([sys.executable, "-c", EARLY]).returncode == 1
    remove_orphans()
    [left] = tmp_path.iterdir()
    assert list(left.iterdir()) == []


def test_removal_that_was_cut_short_is_completed_by_the_next(tmp_path):
    left = tmp_path / "penstock-half"
    marked.make(left)
    remove_orphans()
    assert names(tmp_path) == []
