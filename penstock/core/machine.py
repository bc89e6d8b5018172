"""Facts about this machine and this environment, and the release of free memory to the system."""

import ctypes
import gc
import importlib.metadata
import os
import re
import sysconfig
from collections.abc import Iterable
from pathlib import Path

import psutil


def locked_packages(file: Path) -> dict[str, str]:
    """Return `{name: version}` of the packages in a lock file that this Python and platform need.

    It is empty if there is no such file.
    """
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    return _pinned(re.findall(r"^[\w.-]+==.*?(?= \\?$|$)", text, re.MULTILINE))


def declared_packages(distribution: str) -> dict[str, str]:
    """Return `{name: version}` of the packages whose exact version an installed distribution asks for."""
    try:
        return _pinned(importlib.metadata.requires(distribution) or [])
    except importlib.metadata.PackageNotFoundError:
        return {}


def installed_packages(folder: Path | None = None) -> dict[str, str]:
    """Return `{name: version}` of the installed packages.

    Both are in the names of the `.dist-info` folders. importlib.metadata, which reads the files in them, takes 0.45 s
    for 300 packages; this takes 0.02 s.
    """
    folders = (folder or Path(sysconfig.get_path("purelib"))).glob("*.dist-info")
    parts = (entry.name.removesuffix(".dist-info").rpartition("-") for entry in folders)
    return {_normal(name): version for name, _, version in parts}


def c_library() -> str:
    """Return the C library and its version, such as `glibc 2.36`, or `no glibc`."""
    try:
        return os.confstr("CS_GNU_LIBC_VERSION") or "no glibc"
    except ValueError:
        return "no glibc"


def can_load(library: str) -> bool:
    """Return whether the dynamic loader finds a shared library, such as `libgomp.so.1`."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def mounts() -> dict[Path, str]:
    """Return the type of file system at each mount point."""
    return {Path(mount.mountpoint): mount.fstype for mount in psutil.disk_partitions(all=True)}


def memory_limit(group: Path = Path("/sys/fs/cgroup/memory.max")) -> int:
    """Return the memory in bytes of the machine or of its container (cgroup), whichever is less."""
    total = int(psutil.virtual_memory().total)
    limit = group.read_text().strip() if group.is_file() else ""
    return min(total, int(limit)) if limit.isdigit() else total


def release_memory() -> None:
    """Collect unreachable objects, and return free memory to the system where the C library can (glibc)."""
    import pyarrow as pa  # 0.4 s with NumPy, and `doctor` does without it

    gc.collect()
    pa.default_memory_pool().release_unused()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def nearest_existing(path: Path) -> Path:
    """Return the path, or the nearest folder above it that exists."""
    # Unlike Path.exists, os.path.exists returns False for a path in a folder without permission.
    return next((place for place in (path, *path.parents) if os.path.exists(place)), Path("/"))


def _pinned(requirements: Iterable[str]) -> dict[str, str]:
    from packaging.requirements import Requirement  # 0.02 s, and most callers of this file do without it

    parsed = [Requirement(text) for text in requirements]
    return {
        _normal(one.name): next(iter(one.specifier)).version
        for one in parsed
        if [clause.operator for clause in one.specifier] == ["=="] and (one.marker is None or one.marker.evaluate())
    }


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
