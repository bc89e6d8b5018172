"""Whom files are for: those of a run for its user alone, those that a person asked for by their umask."""

import os
import stat
import subprocess
import sys

import pytest

from penstock.core import privacy
from penstock.core.privacy import keep_private, make_private, permissions_for, private, shared


@pytest.fixture(autouse=True)
def rights(monkeypatch):
    monkeypatch.setattr(privacy, "_initial_umask", None)
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path):
    return oct(stat.S_IMODE(path.stat().st_mode))


def made(folder, name):
    (folder / name).mkdir()
    (folder / name / "file").touch()
    return [mode(folder / name), mode(folder / name / "file")]


def test_process_that_keeps_private_writes_for_its_user_alone(tmp_path):
    assert made(tmp_path, "before") == ["0o755", "0o644"]
    keep_private()
    keep_private()
    assert made(tmp_path, "after") == ["0o700", "0o600"]
    with shared():
        assert made(tmp_path, "asked for") == ["0o755", "0o644"]
    assert made(tmp_path, "then") == ["0o700", "0o600"]


def test_process_of_another_is_private_for_a_while_also_where_that_fails(tmp_path):
    with private():
        assert made(tmp_path, "inside") == ["0o700", "0o600"]
    with pytest.raises(ZeroDivisionError), private():
        raise ZeroDivisionError
    assert made(tmp_path, "outside") == ["0o755", "0o644"]


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize(("umask", "left"), [(0o022, 0o644), (0o007, 0o660), (0o077, 0o600)])
def test_rights_of_a_new_file_are_those_of_the_umask(tmp_path, umask, left, kept):
    os.umask(umask)
    if kept:
        keep_private()
    assert permissions_for(tmp_path / "new") == left
    assert os.umask(0) == (0o077 if kept else umask)


def test_rights_of_a_file_that_is_there_are_kept(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "file").chmod(0o640)
    assert permissions_for(tmp_path / "file") == 0o640


def test_folder_and_file_are_closed_to_others_and_nothing_else_changes(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "folder").chmod(0o2775)
    (tmp_path / "file").chmod(0o444)
    for name in ("folder", "file", "none"):
        make_private(tmp_path / name)
    assert [mode(tmp_path / name) for name in ("folder", "file")] == ["0o2700", "0o400"]


def test_what_a_link_leads_to_keeps_its_rights(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    make_private(tmp_path / "link")
    assert mode(tmp_path / "folder") == "0o755"


def test_processes_that_a_private_one_starts_are_private(tmp_path):
    keep_private()
    subprocess.run([sys.executable, "-c", f"open({str(tmp_path / 'file')!r}, 'w')"], check=True)
    assert mode(tmp_path / "file") == "0o600"
