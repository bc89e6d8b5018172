"""Atomic writes of files and folders, temporary folders, and errors of the disk in four parts."""

import errno
import os
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from penstock.core import marked_folders
from penstock.core.errors import DataError
from penstock.core.files import (
    as_data_errors,
    atomic_file,
    atomic_files,
    atomic_folder,
    new_file,
    private_file,
    remove_orphans,
    temporary_folder,
)
from tests.file_limit import file_limit

HOLD = """
import sys
from penstock.core.files import temporary_folder
with temporary_folder() as folder:
    (folder / "rows").write_text("x")
    print(folder, flush=True)
    sys.stdin.read()
"""
# Ends before the mark is written.
EARLY = """
import os
from penstock.core import marked_folders
from penstock.core.files import temporary_folder
marked_folders.write_mark = lambda descriptor: os._exit(1)
with temporary_folder():
    pass
"""


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, ["no space left on device", "free some there", "another folder"]),
        (errno.EDQUOT, ["quota", "free some there"]),
        (errno.EFBIG, ["file too large", "free some there"]),
        (errno.EACCES, ["permission denied", "permissions"]),
        (errno.EROFS, ["read-only", "permissions"]),
    ],
)
def test_error_of_the_system_is_one_sentence(tmp_path, code, words):
    with pytest.raises(DataError) as caught, as_data_errors(tmp_path):
        raise OSError(code, os.strerror(code))
    assert [word for word in [str(tmp_path), *words] if word not in str(caught.value)] == []
    assert "\n" not in str(caught.value)


def test_other_errors_pass(tmp_path):
    with pytest.raises(ZeroDivisionError), as_data_errors(tmp_path):
        raise ZeroDivisionError


def test_file_replaces_another_only_when_it_is_complete(tmp_path):
    target = tmp_path / "deep" / "rows.csv"
    with private_file(target) as file:
        file.write_text("old")
    with pytest.raises(DataError), file_limit(10), private_file(target) as file:
        file.write_text("new" * 100)
    assert [path.name for path in target.parent.iterdir()] == ["rows.csv"]
    assert target.read_text() == "old"


def test_unfinished_file_has_a_unique_name_and_the_permissions_of_its_target(tmp_path):
    target = tmp_path / "rows.csv"
    target.touch()
    target.chmod(0o640)
    first, second = new_file(target), new_file(target, 0o600)
    assert first != second
    assert [oct(stat.S_IMODE(file.stat().st_mode)) for file in (first, second)] == ["0o640", "0o600"]


def test_file_of_the_user_with_the_name_of_an_unfinished_one_stays(tmp_path):
    (tmp_path / ".rows.csv.writing").write_text("mine")
    with private_file(tmp_path / "rows.csv") as file:
        file.write_text("rows")
    assert (tmp_path / ".rows.csv.writing").read_text() == "mine"
    assert oct(stat.S_IMODE((tmp_path / "rows.csv").stat().st_mode)) == "0o600"


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """Let temporary folders be made in the folder of the test."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_folder_is_empty_and_removed_after_use_and_after_an_error(temporary, tmp_path):
    with temporary_folder() as folder:
        assert list(folder.iterdir()) == []
        (folder / "rows").write_text("x")
    with pytest.raises(ZeroDivisionError), temporary_folder() as folder:
        raise ZeroDivisionError
    assert names(tmp_path) == []


def test_only_the_folder_of_a_killed_process_is_removed(temporary, tmp_path):
    with (
        temporary_folder() as ours,
        subprocess.Popen([sys.executable, "-c", HOLD], stdin=-1, stdout=-1, text=True) as holder,
    ):
        held = Path(holder.stdout.readline().strip())
        remove_orphans()
        assert (ours.exists(), held.exists()) == (True, True)
        holder.kill()
        holder.wait()
        remove_orphans()
        assert (ours.exists(), held.parent.exists()) == (True, False)


def test_folders_and_files_of_the_user_with_such_names_stay_however_old(temporary, tmp_path):
    clone, results = tmp_path / "penstock-main", tmp_path / "penstock-results"
    for folder in (clone / "cli", results):
        folder.mkdir(parents=True)
        (folder / "notes.txt").write_text("mine")
    (results / marked_folders.MARK).write_text("a mark of the user's own\n")
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


def test_link_to_an_unlocked_folder_does_not_lead_to_its_removal(temporary, tmp_path):
    kept = tmp_path / "kept"
    marked_folders.make(kept)
    (tmp_path / "penstock-link").symlink_to(kept)
    remove_orphans()
    assert names(tmp_path) == ["kept", "penstock-link"]


def test_folder_of_a_process_killed_before_its_mark_stays_and_is_empty(temporary, tmp_path):
    assert subprocess.run([sys.executable, "-c", EARLY]).returncode == 1
    remove_orphans()
    [left] = tmp_path.iterdir()
    assert list(left.iterdir()) == []


def test_interrupted_removal_is_completed_by_the_next(temporary, tmp_path):
    left = tmp_path / "penstock-half"
    marked_folders.make(left)
    remove_orphans()
    assert names(tmp_path) == []


OLD = {"one": "old one", "two": "old two"}


def contents(folder):
    return {path.name: path.read_text() for path in folder.iterdir()}


@pytest.fixture(params=[{}, OLD], ids=["new", "there before"])
def before(request, tmp_path):
    for name, content in request.param.items():
        (tmp_path / name).write_text(content)
    return request.param


def fail_after_writing(file):
    file.write_text("new")
    raise ZeroDivisionError


def write_both(folder, text):
    with atomic_files({folder / "one": None, folder / "two": 0o600}) as made:
        for file in made.values():
            file.write_text(text)


def test_several_files_replace_their_targets_together_each_with_its_permissions(tmp_path, before):
    write_both(tmp_path, "new")
    assert contents(tmp_path) == {"one": "new", "two": "new"}
    assert stat.S_IMODE((tmp_path / "two").stat().st_mode) == 0o600


def test_full_disk_leaves_none_of_several_files(tmp_path, before):
    with pytest.raises(OSError, match="too large"), file_limit(10):
        write_both(tmp_path, "new" * 100)
    assert contents(tmp_path) == before


def test_an_exception_leaves_none_of_several_files(tmp_path, before):
    with pytest.raises(ZeroDivisionError), atomic_files({tmp_path / "one": None, tmp_path / "two": None}) as made:
        fail_after_writing(made[tmp_path / "one"])
    assert contents(tmp_path) == before


def test_rename_that_fails_leaves_all_files_as_they_were(tmp_path, before):
    with pytest.raises(IsADirectoryError), atomic_files({tmp_path / "one": None, tmp_path / "folder": None}):
        (tmp_path / "folder").mkdir()
    (tmp_path / "folder").rmdir()
    assert contents(tmp_path) == before


def test_old_file_that_is_put_back_has_its_permissions(tmp_path):
    (tmp_path / "one").write_text("old")
    (tmp_path / "one").chmod(0o644)
    with pytest.raises(IsADirectoryError), atomic_files({tmp_path / "one": 0o600, tmp_path / "folder": None}):
        (tmp_path / "folder").mkdir()
    assert stat.S_IMODE((tmp_path / "one").stat().st_mode) == 0o644


def test_an_exception_leaves_the_file_that_was_there(tmp_path):
    (tmp_path / "one").write_text("old")
    with pytest.raises(ZeroDivisionError), atomic_file(tmp_path / "one") as made:
        fail_after_writing(made)
    assert contents(tmp_path) == {"one": "old"}


def test_folder_replaces_another_with_its_content(tmp_path):
    for content in ("old", "new"):
        with atomic_folder(tmp_path / "rows") as made:
            (made / "deep").mkdir()
            (made / "deep" / content).write_text(content)
        assert [path.name for path in (tmp_path / "rows" / "deep").iterdir()] == [content]
    assert [path.name for path in tmp_path.iterdir()] == ["rows"]


def write_folder(folder, text):
    with atomic_folder(folder) as made:
        (made / "one").write_text(text)


def test_full_disk_leaves_the_folder_that_was_there(tmp_path):
    write_folder(tmp_path / "rows", "old")
    with pytest.raises(OSError, match="too large"), file_limit(80):
        write_folder(tmp_path / "rows", "new" * 100)
    assert contents(tmp_path / "rows") == {"one": "old"}
    assert [path.name for path in tmp_path.iterdir()] == ["rows"]


def test_rename_that_fails_leaves_the_folder_that_was_there(tmp_path):
    write_folder(tmp_path / "rows", "old")
    with pytest.raises(FileNotFoundError), atomic_folder(tmp_path / "rows") as made:
        made.rename(tmp_path / "away")
    assert contents(tmp_path / "rows") == {"one": "old"}


def test_staging_folder_of_the_user_stays_and_is_refused(tmp_path):
    (tmp_path / ".rows.writing").mkdir()
    (tmp_path / ".rows.writing" / "notes").write_text("mine")
    with pytest.raises(FileExistsError, match="did not make"), atomic_folder(tmp_path / "rows"):
        pass
    assert contents(tmp_path / ".rows.writing") == {"notes": "mine"}


KILLED = """
import os, signal, sys
from pathlib import Path
from penstock.core.files import atomic_file, atomic_files, atomic_folder
folder = Path(sys.argv[1])
one, two, rows = folder / "one", folder / "two", folder / "rows"
with atomic_file(one) as file, atomic_files({two: None}) as files, atomic_folder(rows) as made:
    for place in (file, files[two], made / "three"):
        place.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_killed_process_leaves_what_was_there_and_the_next_one_writes(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).write_text("old")
    write_folder(tmp_path / "rows", "old")
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert [(tmp_path / name).read_text() for name in ("one", "two", "rows/one")] == ["old"] * 3
    assert all(path.name.endswith(".writing") for path in tmp_path.iterdir() if path.name.startswith("."))
    write_both(tmp_path, "new")
    write_folder(tmp_path / "rows", "new")
    assert contents(tmp_path / "rows") == {"one": "new"}
    assert not (tmp_path / ".rows.writing").exists()
