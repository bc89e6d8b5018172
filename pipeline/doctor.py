"""Whether this machine and this environment can run the pipeline: one finding per check. No TensorFlow."""

import os
import platform
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from penstock.config.config import Config
from penstock.config.loading import load
from penstock.core import machine as this
from penstock.core.errors import ConfigError, StoreError
from penstock.integrity.fsck import examine as examine_kept
from penstock.metadata.connection import Connection, connect
from penstock.metadata.lineage import run_ids

Verdict = Literal["ok", "warning", "problem"]

PROJECT = Path(__file__).resolve().parent.parent
GIGABYTE = 1_000_000_000
# Least amounts that suffice for the bundled table, and those below which a table a little larger will not fit.
DISK = (1 * GIGABYTE, 5 * GIGABYTE)
MEMORY = (2 * GIGABYTE, 4 * GIGABYTE)
OLDEST_GLIBC = (2, 17)
# SQLite's locks are not reliable on these.
NETWORK_FILE_SYSTEMS = (
    "9p", "afs", "ceph", "cifs", "davfs", "fuse.ceph", "fuse.gcsfuse", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs",
    "fuse.sshfs", "glusterfs", "lustre", "nfs", "smb",
)  # fmt: skip
SET_UP = "run `make set-up`"
OPENMP, NEEDS_OPENMP = "libgomp.so.1", ("trees", "auto")


@dataclass(frozen=True)
class Finding:
    """What one check found.

    Attributes:
        check: What was looked at.
        verdict: Whether the pipeline can run with it.
        found: What is there.
        remedy: What to do; empty where all is well.
    """

    check: str
    verdict: Verdict
    found: str
    remedy: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return the fields under their names, for `--json`."""
        return asdict(self)


def examine(file: Path | None = None, project: Path = PROJECT) -> list[Finding]:
    """Return every finding, in the order in which a person would mend them.

    Args:
        file: The configuration; by default `pipeline.toml` in the working directory.
        project: The folder that holds `requirements.lock`.
    """
    present = this.installed_packages()
    findings = [
        python(sys.version_info[:3]),
        system(platform.system(), platform.machine(), this.c_library()),
        packages(this.locked_packages(project / "requirements.lock"), present),
        keras(present),
        memory(this.memory_limit()),
    ]
    try:
        config = load(file)
    except ConfigError as error:
        return [*findings, Finding("configuration", "problem", "it cannot be used", str(error))]
    findings.append(Finding("configuration", "ok", f"pipeline {config.name}"))
    return [*findings, openmp(this.can_load(OPENMP), config.model.family), *_storage(config)]


def worst(findings: Iterable[Finding]) -> Verdict:
    """Return the gravest verdict among the findings."""
    verdicts = {finding.verdict for finding in findings}
    return "problem" if "problem" in verdicts else "warning" if "warning" in verdicts else "ok"


def python(version: tuple[int, ...]) -> Finding:
    """Judge the interpreter: the locked packages are built for Python 3.11."""
    found = ".".join(map(str, version))
    if version[:2] == (3, 11):
        return Finding("python", "ok", found)
    return Finding("python", "problem", f"{found}, not 3.11", f"{SET_UP} and use .venv/bin/penstock.")


def system(name: str, machine: str, library: str) -> Finding:
    """Judge the platform: the packages are built for Linux on x86_64 with glibc.

    Args:
        name: The operating system, such as `Linux`.
        machine: The processor, such as `x86_64`.
        library: The C library and its version, such as `glibc 2.36`.
    """
    found = f"{name} on {machine}, {library}"
    version = re.fullmatch(r"glibc (\d+)\.(\d+).*", library)
    if (name, machine) == ("Linux", "x86_64") and version and tuple(map(int, version.groups())) >= OLDEST_GLIBC:
        return Finding("platform", "ok", found)
    return Finding("platform", "problem", found, "use Linux on x86_64 with glibc 2.17 or newer, or such a container.")


def packages(expected: Mapping[str, str], present: Mapping[str, str]) -> Finding:
    """Judge the installed versions against the lock; those that differ are named."""
    if not expected:
        return Finding("packages", "problem", "no requirements.lock", "restore it from git, or run `make lock`.")
    wrong = [
        f"{name} {present.get(name, 'missing')} (locked {version})"
        for name, version in expected.items()
        if present.get(name) != version
    ]
    if not wrong:
        return Finding("packages", "ok", f"{len(expected)} as locked")
    shown = ", ".join(wrong[:5]) + (f" and {len(wrong) - 5} more" if len(wrong) > 5 else "")
    return Finding("packages", "problem", f"{len(wrong)} of {len(expected)} not as locked: {shown}", f"{SET_UP}.")


def keras(present: Mapping[str, str]) -> Finding:
    """Judge Keras: models are built with version 3; `tf-keras`, which is version 2, does not do."""
    version = present.get("keras", "missing")
    if version.startswith("3."):
        return Finding("keras", "ok", version)
    return Finding("keras", "problem", f"{version}, not 3", f"{SET_UP}.")


def openmp(present: bool, family: str) -> Finding:
    """Judge whether the system has the OpenMP library that LightGBM loads, and whether the model's family needs it."""
    if present:
        return Finding("openmp", "ok", OPENMP)
    verdict: Verdict = "problem" if family in NEEDS_OPENMP else "warning"
    found = f"no {OPENMP}, which the model families {' and '.join(NEEDS_OPENMP)} need"
    return Finding("openmp", verdict, found, "install `libgomp1` (Debian, Ubuntu) or `libgomp` (elsewhere).")


def memory(total: int) -> Finding:
    """Judge the memory, in bytes, that the machine or its container has."""
    return _amount("memory", total, MEMORY, "give it more memory, or take fewer rows with `data.query`.")


def disk(folder: Path) -> Finding:
    """Judge the free space where runs leave their artifacts."""
    free = shutil.disk_usage(this.nearest_existing(folder)).free
    return _amount("disk", free, DISK, f"free some space, or set `state.directory` to another disk than {folder}'s.")


def writable(check: str, folder: Path) -> Finding:
    """Judge whether a folder, or the nearest one above it that exists, can be written to."""
    existing = this.nearest_existing(folder)
    if not existing.is_dir():
        return Finding(check, "problem", f"{existing} is a file, not a folder", "move it, or configure another folder.")
    if not os.access(existing, os.W_OK | os.X_OK):
        return Finding(check, "problem", f"{existing} is not writable", "allow writing, or configure another folder.")
    return Finding(check, "ok", str(folder))


def metadata(file: Path | None, mounts: Mapping[Path, str]) -> Finding:
    """Judge where the metadata store lies: SQLite must not be on a network file system.

    Args:
        file: The store's SQLite file, or None where the store is a server or in memory.
        mounts: The type of file system at each mount point.
    """
    if file is None:
        return Finding("metadata", "ok", "not in a file")
    place = this.nearest_existing(file).resolve()
    above = [point for point in mounts if place.is_relative_to(point)]
    kind = mounts[max(above, key=lambda point: len(point.parts))] if above else "unknown"
    if kind.startswith(NETWORK_FILE_SYSTEMS):
        remedy = "set `metadata.uri` to a file on a local disk, or to a MySQL server."
        return Finding("metadata", "warning", f"{file} is on a network file system ({kind})", remedy)
    return Finding("metadata", "ok", f"{file} ({kind})")


def store(config: Config) -> Finding:
    """Judge whether the metadata store can be read and is whole: SQLite looks through all of its pages."""
    try:
        opened = connect(config.store)
        if opened is None:
            return Finding("records", "ok", "no run yet")
        with closing(opened):
            damage = _damage(opened) if config.metadata_file else ""
            versions = opened.select("SELECT schema_version FROM MLMDEnv", {})
        runs = len(run_ids(config.store))
    except StoreError as error:
        return Finding("records", "problem", "the metadata store cannot be read", str(error))
    if damage:
        return Finding(
            "records", "problem", f"{config.metadata_file} is damaged: {damage}", "put a backup in its place."
        )
    schema = versions[0][0] if versions else "none"
    return Finding("records", "ok", f"{runs} {'run' if runs == 1 else 'runs'}, ML Metadata's schema {schema}")


def kept(config: Config) -> Finding:
    """Judge whether metadata store, artifacts and pushed versions agree, by the sizes and times of the files."""
    try:
        found = examine_kept(config)
    except (StoreError, OSError) as error:
        return Finding("integrity", "warning", "they cannot be looked at", str(error))
    if not found:
        return Finding("integrity", "ok", "as they are recorded")
    first = f"{found[0].place}: {found[0].words}"
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    return Finding("integrity", "warning", first + more, "write `penstock fsck`, and `penstock run` to repair them.")


def _damage(opened: Connection) -> str:
    """Return the first thing that SQLite finds wrong, or nothing."""
    [(first,), *_] = opened.select("PRAGMA quick_check(1)", {})
    return "" if first == "ok" else str(first)


def _storage(config: Config) -> Iterator[Finding]:
    state = config.path(config.state.directory)
    yield disk(state)
    yield writable("state", state)
    yield writable("artifacts", config.artifacts)
    yield writable("push", config.path(config.push.directory))
    if config.metadata_file is not None:
        yield writable("metadata folder", config.metadata_file.parent)
    yield metadata(config.metadata_file, this.mounts())
    yield store(config)
    yield kept(config)


def _amount(check: str, received: int, bounds: tuple[int, int], remedy: str) -> Finding:
    least, comfortable = bounds
    found = f"{received / GIGABYTE:.1f} GB"
    if received >= comfortable:
        return Finding(check, "ok", found)
    verdict: Verdict = "warning" if received >= least else "problem"
    return Finding(check, verdict, f"{found}, less than {comfortable / GIGABYTE:.0f} GB", remedy)
