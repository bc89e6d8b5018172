"""The checks of `penstock doctor`: whether this machine and environment can run the pipeline. No TensorFlow."""

import os
import platform
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from penstock.config.config import Config
from penstock.config.loading import load
from penstock.core import machine as host
from penstock.core.errors import ConfigError, StoreError
from penstock.core.packages import declared_packages, installed_packages, locked_packages
from penstock.core.stacks import OLD, STACKS, Stack, stack_of
from penstock.integrity.fsck import examine as examine_integrity
from penstock.metadata.connection import Connection, connect
from penstock.metadata.lineage import run_ids
from pipeline.preflight import check_store

Verdict = Literal["ok", "warning", "problem"]

PROJECT = Path(__file__).resolve().parent.parent
GIGABYTE = 1_000_000_000
# The least amounts for the bundled table, and those for a larger one.
DISK = (1 * GIGABYTE, 5 * GIGABYTE)
MEMORY = (2 * GIGABYTE, 4 * GIGABYTE)
# SQLite's locks are not reliable on these.
NETWORK_FILE_SYSTEMS = (
    "9p", "afs", "ceph", "cifs", "davfs", "fuse.ceph", "fuse.gcsfuse", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs",
    "fuse.sshfs", "glusterfs", "lustre", "nfs", "smb",
)  # fmt: skip
SET_UP = "run `make set-up`"
NEEDS_OPENMP = ("trees", "auto")
# Where LightGBM looks for OpenMP, and how it is installed.
OPENMP = ("libgomp.so.1",)
OPENMP_OF_MAC = ("libomp.dylib", "/opt/homebrew/opt/libomp/lib/libomp.dylib")
INSTALL_OPENMP = {
    "Linux": "install `libgomp1` (Debian, Ubuntu) or `libgomp` (elsewhere).",
    "Darwin": "install it with `brew install libomp`.",
}


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    Attributes:
        check: The name of the check.
        verdict: Whether the pipeline can run with it.
        found: The observed state.
        remedy: The next step; empty if there is no problem.
    """

    check: str
    verdict: Verdict
    found: str
    remedy: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return the fields under their names, for `--json`."""
        return asdict(self)


def examine(file: Path | None = None, project: Path = PROJECT) -> list[Finding]:
    """Return all findings, in the order in which a person would fix them.

    Args:
        file: The configuration; by default `pipeline.toml` in the working directory.
        project: The folder of the lock files; a wheel is installed without them.
    """
    present = installed_packages()
    name, stack = platform.system(), stack_of(sys.version_info[:2]) or OLD
    findings = [
        python(sys.version_info[:3]),
        chosen(stack, Path(sys.prefix)),
        system(name, platform.machine(), host.c_library(), stack),
        locked(project, stack, present),
        keras(present),
        memory(host.memory_limit()),
    ]
    try:
        config = load(file)
    except ConfigError as error:
        return [*findings, Finding("configuration", "problem", "it cannot be used", str(error))]
    findings.append(Finding("configuration", "ok", f"pipeline {config.name}"))
    library = next(filter(host.can_load, OPENMP_OF_MAC if name == "Darwin" else OPENMP), "")
    return [*findings, openmp(library, config.model.family, name), *_storage(config)]


def worst(findings: Iterable[Finding]) -> Verdict:
    """Return the most severe verdict of the findings."""
    verdicts = {finding.verdict for finding in findings}
    return "problem" if "problem" in verdicts else "warning" if "warning" in verdicts else "ok"


def python(version: tuple[int, ...]) -> Finding:
    """Check the interpreter: the locked packages are built for some versions of Python."""
    found = ".".join(map(str, version))
    if stack_of(version):
        return Finding("python", "ok", found)
    built = ", ".join(f"{major}.{minor}" for stack in STACKS for major, minor in stack.pythons)
    return Finding("python", "problem", f"{found}, not one of {built}", f"{SET_UP} and use .venv/bin/penstock.")


def chosen(stack: Stack, environment: Path) -> Finding:
    """Say which stack is installed, and why: the third line that `scripts/set-up` writes into the environment."""
    stamp = environment / "penstock.stamp"
    lines = stamp.read_text(encoding="utf-8").splitlines() if stamp.is_file() else []
    reason = lines[2] if lines[1:2] == [stack.tfx] and len(lines) > 2 else "by the version of Python"
    return Finding("stack", "ok", f"TFX {stack.tfx} ({reason})")


def system(name: str, machine: str, library: str, stack: Stack) -> Finding:
    """Check the platform: the packages of a stack are built for some.

    Args:
        name: The operating system, such as `Linux`.
        machine: The processor, such as `x86_64`.
        library: The C library and its version, such as `glibc 2.36`.
        stack: The stack that is installed.
    """
    found = f"{name} on {machine}" + (f", {library}" if name == "Linux" else "")
    if stack.runs_on(name, machine, library):
        return Finding("platform", "ok", found)
    use = f"{stack.platforms}, or a container of linux/amd64"
    return Finding("platform", "problem", f"{found}, for which TFX {stack.tfx} is not built", f"use {use}.")


def locked(project: Path, stack: Stack, present: Mapping[str, str]) -> Finding:
    """Check the installed versions against the lock of a clone, or against the wheel's own requirements."""
    lock = project / stack.lock
    if (project / "pyproject.toml").is_file() and not lock.is_file():
        return Finding("packages", "problem", f"no {stack.lock}", "restore it from git, or run `make lock`.")
    if lock.is_file():
        return packages(locked_packages(lock), present)
    return packages(declared_packages("penstock"), present, "required")


def packages(expected: Mapping[str, str], present: Mapping[str, str], how: str = "locked") -> Finding:
    """Check the installed versions against the expected ones, and name those that differ."""
    wrong = [
        f"{name} {present.get(name, 'missing')} ({how} {version})"
        for name, version in expected.items()
        if present.get(name) != version
    ]
    if not wrong:
        return Finding("packages", "ok", f"{len(expected)} as {how}")
    remedy = f"{SET_UP}." if how == "locked" else "install Penstock again in an environment of its own."
    shown = ", ".join(wrong[:5]) + (f" and {len(wrong) - 5} more" if len(wrong) > 5 else "")
    return Finding("packages", "problem", f"{len(wrong)} of {len(expected)} not as {how}: {shown}", remedy)


def keras(present: Mapping[str, str]) -> Finding:
    """Check that Keras is version 3, not `tf-keras`, which is version 2."""
    version = present.get("keras", "missing")
    if version.startswith("3."):
        return Finding("keras", "ok", version)
    return Finding("keras", "problem", f"{version}, not 3", f"{SET_UP}.")


def openmp(library: str, family: str, system: str) -> Finding:
    """Check for the OpenMP library that LightGBM loads, and whether the model's family needs it.

    Args:
        library: The library that can be loaded; empty if there is none.
        family: The family of the configured model.
        system: The operating system, such as `Linux`.
    """
    if library:
        return Finding("openmp", "ok", library)
    verdict: Verdict = "problem" if family in NEEDS_OPENMP else "warning"
    missing = (OPENMP_OF_MAC if system == "Darwin" else OPENMP)[0]
    found = f"no {missing}, which the model families {' and '.join(NEEDS_OPENMP)} need"
    return Finding("openmp", verdict, found, INSTALL_OPENMP.get(system, INSTALL_OPENMP["Linux"]))


def memory(total: int) -> Finding:
    """Check the memory of the machine or its container, in bytes."""
    return _amount("memory", total, MEMORY, "give it more memory, or take fewer rows with `data.query`.")


def disk(folder: Path) -> Finding:
    """Check the free space for the artifacts of runs."""
    free = shutil.disk_usage(host.nearest_existing(folder)).free
    return _amount("disk", free, DISK, f"free some space, or set `state.directory` to another disk than {folder}'s.")


def writable(check: str, folder: Path) -> Finding:
    """Check that a folder, or its nearest existing parent, is writable."""
    existing = host.nearest_existing(folder)
    if not existing.is_dir():
        return Finding(check, "problem", f"{existing} is a file, not a folder", "move it, or configure another folder.")
    if not os.access(existing, os.W_OK | os.X_OK):
        return Finding(check, "problem", f"{existing} is not writable", "allow writing, or configure another folder.")
    return Finding(check, "ok", str(folder))


def recordable(config: Config) -> Finding | None:
    """Check that runs can be recorded in a store of this kind; return None if they can."""
    try:
        check_store(config)
    except ConfigError as error:
        return Finding("metadata", "problem", error.received, f"set `metadata.uri` to {error.expected}.")
    return None


def metadata(file: Path | None, mounts: Mapping[Path, str]) -> Finding:
    """Check the place of the metadata store: SQLite must not be on a network file system.

    Args:
        file: The store's SQLite file, or None if the store is a server or in memory.
        mounts: The type of file system at each mount point.
    """
    if file is None:
        return Finding("metadata", "ok", "not in a file")
    place = host.nearest_existing(file).resolve()
    above = [point for point in mounts if place.is_relative_to(point)]
    kind = mounts[max(above, key=lambda point: len(point.parts))] if above else "unknown"
    if kind.startswith(NETWORK_FILE_SYSTEMS):
        remedy = "set `metadata.uri` to a file on a local disk, or to a MySQL or MariaDB server."
        return Finding("metadata", "warning", f"{file} is on a network file system ({kind})", remedy)
    return Finding("metadata", "ok", f"{file} ({kind})")


def store(config: Config) -> Finding:
    """Check that the metadata store can be read and is undamaged; SQLite checks all of its pages."""
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


def integrity(config: Config) -> Finding:
    """Check that metadata store, artifacts and pushed versions agree, by the sizes and times of the files."""
    try:
        damages = examine_integrity(config)
    except (StoreError, OSError) as error:
        return Finding("integrity", "warning", "the files cannot be read", str(error))
    if not damages:
        return Finding("integrity", "ok", "as they are recorded")
    first = f"{damages[0].place}: {damages[0].words}"
    more = f", and {len(damages) - 1} more" if len(damages) > 1 else ""
    return Finding("integrity", "warning", first + more, "write `penstock fsck`, and `penstock run` to repair them.")


def _damage(opened: Connection) -> str:
    """Return the first damage that SQLite finds, or an empty text."""
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
    refused = recordable(config)
    if refused is not None:
        yield refused
        return
    yield metadata(config.metadata_file, host.mounts())
    yield store(config)
    yield integrity(config)


def _amount(check: str, received: int, bounds: tuple[int, int], remedy: str) -> Finding:
    least, comfortable = bounds
    found = f"{received / GIGABYTE:.1f} GB"
    if received >= comfortable:
        return Finding(check, "ok", found)
    verdict: Verdict = "warning" if received >= least else "problem"
    return Finding(check, verdict, f"{found}, less than {comfortable / GIGABYTE:.0f} GB", remedy)
