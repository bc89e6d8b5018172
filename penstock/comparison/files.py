"""Whether two folders have the same files, and what in them cannot be compared."""

from pathlib import Path

from penstock.core.contents import FileState, file_states
from penstock.integrity import manifests


def same_files(one: Path, other: Path) -> bool:
    """Return whether two folders have files of the same names and bytes; hidden files are ignored.

    The recorded digests are taken where there are some: `damage_of` has compared them with the files.

    Raises:
        OSError: A file cannot be read.
    """
    return _digests(one) == _digests(other)


def damage_of(folder: Path) -> str:
    """Return how an artifact differs from what was written, as a clause; empty if it does not."""
    differences = manifests.check(folder)
    if not differences:
        return ""
    first, *more = differences
    return str(first) + (f", and {len(more)} more" if more else "")


def _digests(folder: Path) -> dict[str, str]:
    return {name: state.sha256 for name, state in _states(folder).items() if not Path(name).name.startswith(".")}


def _states(folder: Path) -> dict[str, FileState]:
    try:
        return manifests.read(folder)
    except ValueError:
        return file_states(folder)
