"""The commit of a folder's git repository."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

NO_COMMIT = "nogit"
# A run does not wait longer for a repository on a slow disk.
_SECONDS = 2.0
# A repository may name a program as its file system monitor, which `status` would run.
_STATUS = ("git", "--no-optional-locks", "-c", "core.fsmonitor=false", "status", "--porcelain=v2", "--branch", "-uno")
_COMMIT = "# branch.oid "


@dataclass(frozen=True)
class Commit:
    """A commit.

    Attributes:
        hash: Its first seven digits; `nogit` if there is none.
        dirty: Whether files that git tracks differ from it.
    """

    hash: str = NO_COMMIT
    dirty: bool = False


def commit_of(folder: Path) -> Commit:
    """Return the commit of the repository that a folder is in; without git, a repository or a commit, `nogit`."""
    try:
        done = subprocess.run(  # noqa: S603  fixed words
            _STATUS, cwd=folder, capture_output=True, timeout=_SECONDS, check=True, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.SubprocessError):
        return Commit()
    lines = done.stdout.decode(errors="replace").splitlines()
    found = next((line.removeprefix(_COMMIT) for line in lines if line.startswith(_COMMIT)), "")
    if not found or found.startswith("("):  # a repository without a commit
        return Commit()
    return Commit(found[:7], any(not line.startswith("#") for line in lines))
