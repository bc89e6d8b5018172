"""Permissions: files of a run are for its user only, files that the user asked for follow the umask."""

import fcntl
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


def test_private_process_writes_files_for_its_user_only(tmp_path):
    assert made(tmp_path, "before") == ["0o755", "0o644"]
    keep_private()
    keep_private()
    assert made(tmp_path, "after") == ["0o700", "0o600"]
    with shared():
        assert made(tmp_path, "asked for") == ["0o755", "0o644"]
    assert made(tmp_path, "then") == ["0o700", "0o600"]


def test_process_of_another_program_is_private_within_the_block_also_if_it_fails(tmp_path):
    with private():
        assert made(tmp_path, "inside") == ["0o700", "0o600"]
    with pytest.raises(ZeroDivisionError), private():
        raise ZeroDivisionError
    assert made(tmp_path, "outside") == ["0o755", "0o644"]


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize(("umask", "left"), [(0o022, 0o644), (0o007, 0o660), (0o077, 0o600)])
def test_permissions_of_a_new_file_follow_the_umask(tmp_path, umask, left, kept):
    os.umask(umask)
    if kept:
        keep_private()
    assert permissions_for(tmp_path / "new") == left
    assert os.umask(0) == (0o077 if kept else umask)


def test_permissions_of_an_existing_file_are_kept(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "file").chmod(0o640)
    assert permissions_for(tmp_path / "file") == 0o640


def test_folder_and_file_lose_permissions_of_others_and_nothing_else_changes(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "folder").chmod(0o2775)
    (tmp_path / "file").chmod(0o444)
    for name in ("folder", "file", "none"):
        make_private(tmp_path / name)
    assert [mode(tmp_path / name) for name in ("folder", "file")] == ["0o2700", "0o400"]


def test_target_of_a_link_keeps_its_permissions(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    make_private(tmp_path / "link")
    assert mode(tmp_path / "folder") == "0o755"


def test_child_process_of_a_private_one_is_private_too(tmp_path):
    keep_private()
    subprocess.run([sys.executable, "-c", f"open({str(tmp_path / 'file')!r}, 'w')"], check=True)
    assert mode(tmp_path / "file") == "0o600"


def test_lock_of_a_file_survives_the_change_of_its_permissions(tmp_path):
    """To close any descriptor of a file that was opened releases the POSIX locks of the process on it."""
    file = tmp_path / "locked"
    file.touch(0o644)
    attempt = f"import fcntl; fcntl.lockf(open({str(file)!r}, 'r+'), fcntl.LOCK_EX | fcntl.LOCK_NB)"
    with file.open("r+") as locked:
        fcntl.lockf(locked, fcntl.LOCK_EX)
        make_private(file)
        assert file.stat().st_mode & 0o777 == 0o600
        assert subprocess.run([sys.executable, "-c", attempt], capture_output=True).returncode == 1
    assert subprocess.run([sys.executable, "-c", attempt], capture_output=True).returncode == 0
