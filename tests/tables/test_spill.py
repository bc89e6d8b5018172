"""Folders for the moment: gone when their process is done, removed by another when it was killed."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tables.spill import remove_orphans, spill

HOLD = """
import sys
from tables.spill import spill
with spill() as folder:
    (folder / "rows").write_text("x")
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))


def aged(folder):
    os.utime(folder, (1e9, 1e9))
    return folder


def test_folder_is_gone_after_use_and_after_an_error():
    with spill() as folder:
        (folder / "rows").write_text("x")
    assert not folder.exists()
    with pytest.raises(ZeroDivisionError), spill() as folder:
        raise ZeroDivisionError
    assert not folder.exists()


def test_only_the_folder_of_a_killed_process_is_removed(tmp_path):
    other = tmp_path / "penstock-notes"
    other.write_text("a file of someone else")
    with (
        spill() as ours,
        subprocess.Popen([sys.executable, "-c", HOLD], stdin=-1, stdout=-1, text=True) as holder,
    ):
        held = Path(holder.stdout.readline().strip())
        remove_orphans()
        aged(ours), aged(held), aged(other)
        remove_orphans()
        assert (ours.exists(), held.exists()) == (True, True)
        holder.kill()
        holder.wait()
        aged(held)
        remove_orphans()
        assert (ours.exists(), held.exists(), other.exists()) == (True, False, True)


def test_new_folder_is_left_to_who_is_about_to_lock_it(tmp_path):
    (tmp_path / "penstock-new").mkdir()
    remove_orphans()
    assert (tmp_path / "penstock-new").exists()
