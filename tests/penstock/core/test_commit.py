"""The commit of a folder's git repository."""

import subprocess

import pytest

from penstock.core import commit
from penstock.core.commit import Commit, commit_of


def git(folder, *words):
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "init.defaultBranch=main"]
    return subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def repository(tmp_path):
    git(tmp_path, "init")
    (tmp_path / "pipeline.toml").write_text("one\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "one")
    return tmp_path


def test_commit_is_that_of_the_repository_around_the_folder(repository):
    (repository / "below").mkdir()
    assert commit_of(repository / "below") == Commit(git(repository, "rev-parse", "HEAD")[:7])


def test_changed_file_makes_it_dirty_and_an_untracked_one_does_not(repository):
    (repository / "new.txt").touch()
    assert not commit_of(repository).dirty
    (repository / "pipeline.toml").write_text("two\n")
    assert commit_of(repository).dirty


def test_folder_without_a_repository_a_commit_or_git_has_none(tmp_path, monkeypatch):
    assert commit_of(tmp_path) == Commit("nogit")
    git(tmp_path, "init")
    assert commit_of(tmp_path) == Commit("nogit")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commit_of(tmp_path) == Commit("nogit")
    assert commit_of(tmp_path / "missing") == Commit("nogit")


def test_slow_repository_has_none(repository, monkeypatch):
    monkeypatch.setattr(commit, "_STATUS", ("sleep", "60"))
    monkeypatch.setattr(commit, "_SECONDS", 0.05)
    assert commit_of(repository) == Commit("nogit")


def test_program_that_the_repository_names_is_not_run(repository):
    git(repository, "config", "core.fsmonitor", f"touch {repository}/ran; false")
    assert commit_of(repository).hash != "nogit"
    assert not (repository / "ran").exists()
