"""Facts about this machine, and the release of free memory to the system."""

import ctypes
import gc
import getpass
import os
import re
from pathlib import Path


def c_library() -> str:
    """Return the C library and its version, such as `glibc 2.36`, or `no glibc`."""
    try:
        return os.confstr("CS_GNU_LIBC_VERSION") or "no glibc"
    except ValueError:
        return "no glibc"


def user_name() -> str:
    """Return the name of the user of this process, or its number where it has no name, as in a container."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def can_load(library: str) -> bool:
    """Return whether the dynamic loader finds a shared library, such as `libgomp.so.1`."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def mounts() -> dict[Path, str]:
    """Return the type of file system at each mount point."""
    import psutil  # 10 ms, and most commands ask for the name of the user only

    return {Path(mount.mountpoint): mount.fstype for mount in psutil.disk_partitions(all=True)}


def memory_limit(group: Path = Path("/sys/fs/cgroup/memory.max")) -> int:
    """Return the memory in bytes of the machine or of its container (cgroup), whichever is less."""
    import psutil

    total = int(psutil.virtual_memory().total)
    limit = group.read_text().strip() if group.is_file() else ""
    return min(total, int(limit)) if limit.isdigit() else total


def peak_memory(process: int) -> int | None:
    """Return the peak of the resident memory of a process in bytes since the last call, on Linux; otherwise None.

    The kernel keeps the peak; a write of 5 to `clear_refs` sets it to the present size.
    """
    folder = Path(f"/proc/{process}")
    try:
        found = re.search(r"^VmHWM:\s+(\d+) kB$", (folder / "status").read_text(), re.MULTILINE)
        (folder / "clear_refs").write_text("5")
    except OSError:
        return None
    return int(found[1]) * 1024 if found else None


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
