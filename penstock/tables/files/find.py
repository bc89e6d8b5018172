"""The files of a source: found by name, of one kind, identified by their content."""

import glob
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from penstock.core.errors import DataError
from penstock.tables.files.compression import COMPRESSIONS
from penstock.tables.files.partitions import is_key, keys_of

_DELIMITED = {".csv": "CSV", ".tsv": "TSV"}
KINDS = {
    **_DELIMITED,
    ".parquet": "Parquet",
    **{f"{ending}{packed}": kind for ending, kind in _DELIMITED.items() for packed in COMPRESSIONS},
}


@dataclass(frozen=True)
class Files:
    """The files of one source, in the order in which they are read.

    Attributes:
        source: The source as configured: a file, a folder or a glob; for a database the name of its rows in messages.
        root: The folder to which the files' names are relative.
        pattern: The pattern of the files inside the root; `root/pattern` is the source.
        kind: CSV, TSV or Parquet.
        paths: The files, sorted by name.
        delimiter: The delimiter, if it is configured and not detected from the header.
        keys: The partition columns from the names of the folders; empty if these are not read.
        digest: The digest of a snapshot of a database; files are hashed when needed.
    """

    source: str
    root: Path
    pattern: str
    kind: str
    paths: tuple[Path, ...]
    delimiter: str | None = None
    digest: str | None = None
    keys: tuple[str, ...] = ()

    def name(self, path: Path) -> str:
        """Return the file's name relative to the root, with forward slashes."""
        return path.relative_to(self.root).as_posix()


@dataclass(frozen=True)
class Content:
    """One file's name within its source, its SHA-256 and its size."""

    path: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Identity:
    """The identity of rows: one digest, and the user's files that it covers, if the rows are in files."""

    digest: str
    contents: tuple[Content, ...]


def find(source: str, delimiter: str | None = None, *, partitions: bool = False) -> Files:
    """Return the files that `source` names.

    Args:
        source: A file, a folder or a glob.
        delimiter: The delimiter, if it is not to be detected from the header.
        partitions: Whether the files are in folders named `key=value`, which become columns.

    Raises:
        DataError: There is no file, a file is empty or not readable, or the files are of unknown or several kinds.
    """
    if Path(source).name == "*" and Path(source).parent.is_dir():
        source = str(Path(source).parent)  # A glob of all files of a folder is the folder.
    root, pattern = locate(source)
    candidates = _below(root) if partitions and Path(source).is_dir() else _candidates(source, root)
    kinds = sorted({KINDS[ending(path)] for path in candidates})
    if len(kinds) > 1:
        other = next(path for path in candidates if KINDS[ending(path)] != KINDS[ending(candidates[0])])
        raise DataError(
            f"the source {source}",
            "files of one kind",
            f"{' and '.join(kinds)} ({candidates[0].name}, {other.name})",
            f"name one kind with a glob, such as {root / ('*' + ending(candidates[0]))}",
        )
    for path in candidates:
        _check_readable(path)
    keys = keys_of(root, candidates) if partitions else ()
    return Files(source, root, pattern, kinds[0], tuple(candidates), delimiter, keys=keys)


def locate(source: str) -> tuple[Path, str]:
    """Return the folder and the pattern inside it of `source`, which need not exist."""
    path = Path(source)
    if path.is_dir():
        return path, "*"
    if path.exists() or not glob.has_magic(source):
        return path.parent, path.name
    parts = path.parts
    fixed = next(index for index, part in enumerate(parts) if glob.has_magic(part))
    return Path(*parts[:fixed]), str(Path(*parts[fixed:]))


def by_name(source: str) -> tuple[str, str]:
    """Return the folder and the pattern inside it of a path or a URI, by its name alone: what it is may be unknown."""
    source = source.rstrip("/")
    parts = source.split("/")
    fixed = next((index for index, part in enumerate(parts) if glob.has_magic(part)), None)
    if fixed is None and ending(Path(parts[-1])) not in KINDS:
        return source, "*"
    place = len(parts) - 1 if fixed is None else fixed
    return "/".join(parts[:place]) or ("/" if source.startswith("/") else "."), "/".join(parts[place:])


def ending(path: Path) -> str:
    """Return the lower-case file name extension of a file, such as `.parquet` or `.csv.gz`."""
    endings = [suffix.lower() for suffix in path.suffixes[-2:]]
    return "".join(endings if endings and endings[-1] in COMPRESSIONS else endings[-1:])


def contents(files: Files) -> tuple[Content, ...]:
    """Return each file's name, digest and size, in the order of reading."""
    return tuple(_content(path, files.name(path)) for path in files.paths)


def digest(parts: tuple[Content, ...]) -> str:
    """Return one SHA-256 over names and contents, independent of times and folders."""
    combined = hashlib.sha256()
    for part in parts:
        combined.update(f"{part.sha256} {part.path}\n".encode())
    return combined.hexdigest()


def identity(files: Files, query_paths: Sequence[Path] = ()) -> Identity:
    """Return the identity of the rows of some files, and of further files that a query reads."""
    if files.digest is not None:
        return Identity(files.digest, ())
    parts = (*contents(files), *(_content(path, path.as_posix()) for path in query_paths))
    return Identity(digest(parts), parts)


def _check_readable(path: Path) -> None:
    try:
        with path.open("rb") as stream:
            is_empty = not stream.read(1)
    except OSError as error:
        message = (error.strerror or str(error)).lower()
        raise DataError(str(path), "a file that can be read", message, "check its permissions") from error
    if is_empty:
        raise DataError(str(path), "a header and rows", "an empty file (0 bytes)", "fill or remove the file")


def is_partitioned(source: str) -> bool:
    """Say whether a source is a folder whose files are in folders named `key=value`."""
    return Path(source).is_dir() and _partition(Path(source)) is not None


def _partition(folder: Path) -> Path | None:
    """Return the first folder named `key=value` with files in it or in folders below."""
    inside = sorted(child for child in folder.iterdir() if child.is_dir() and is_key(child.name))
    return next((child for child in inside if any(ending(path) in KINDS for path in child.rglob("*"))), None)


def _below(root: Path) -> list[Path]:
    """Return the files in all folders below one, except hidden ones and those that begin with an underscore."""
    paths = (path for path in root.rglob("*") if ending(path) in KINDS and path.is_file())
    found = sorted(path for path in paths if not any(part[0] in "._" for part in path.relative_to(root).parts))
    if not found:
        raise _no_files(f"the folder {root}", "none in folders key=value, as data.partitions says")
    return found


def _candidates(source: str, root: Path) -> list[Path]:
    path = Path(source)
    if path.is_dir():
        found = sorted(child for child in path.iterdir() if child.is_file() and child.name[0] not in "._")
        known = [child for child in found if ending(child) in KINDS]
        partition = _partition(path)
        if partition:
            received = f"folders such as {partition.name}" + (f" next to {known[0].name}" if known else "")
            other = ", or name the files alone by a glob" if known else ""
            raise DataError(f"the folder {source}", "files", received, f"set data.partitions = true{other}")
        if not known:
            raise _no_files(
                f"the folder {source}", f"{len(found)} files of other kinds" if found else "an empty folder"
            )
        return known
    if path.exists():
        if ending(path) not in KINDS:
            raise _no_files(source, f"the ending {ending(path)!r}")
        return [path]
    if not glob.has_magic(source):
        received = "a symbolic link to nothing" if path.is_symlink() else "no such file"
        raise DataError(f"the source {source}", "a file, a folder or a glob", received, _similar_files(path))
    matches = sorted(Path(match) for match in glob.glob(source, recursive=True) if os.path.isfile(match))
    if not matches:
        raise DataError(f"the glob {source}", "at least one file", "no match", f"look into {root} and correct the glob")
    unsupported = [match for match in matches if ending(match) not in KINDS]
    if unsupported:
        raise _no_files(f"the glob {source}", f"{unsupported[0].name}")
    return matches


def _no_files(what: str, received: str) -> DataError:
    return DataError(what, f"files that end in {', '.join(KINDS)}", received, "name or convert the files accordingly")


def _similar_files(path: Path) -> str:
    """Return the names of other files in the folder, to help with a typing error."""
    if not path.parent.is_dir():
        return f"the folder {path.parent} does not exist either; check data.source"
    names = sorted(child.name for child in path.parent.iterdir() if ending(child) in KINDS)
    return f"{path.parent} holds {', '.join(names[:3])}" if names else "check data.source"


def _content(path: Path, name: str) -> Content:
    with path.open("rb") as stream:
        return Content(name, hashlib.file_digest(stream, "sha256").hexdigest(), path.stat().st_size)
