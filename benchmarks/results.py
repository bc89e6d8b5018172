"""The results of one benchmark in one JSON file, which is complete after each measurement."""

import hashlib
import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from penstock.core import fingerprint
from penstock.core.errors import ConfigError
from penstock.core.files import atomic_file

PACKAGES = ("tfx", "tensorflow", "apache-beam", "keras", "duckdb", "pyarrow", "numpy")
_SAME = ("code", "cpu", "cores", "python", "packages")
# The code that is measured; a commit may change the documentation only.
_CODE = ("pipeline.toml", *(f"{package}/**/*.py" for package in fingerprint.PACKAGES))


@dataclass
class Results:
    """The measurements of one benchmark, finished or not.

    Attributes:
        file: The JSON file.
        facts: Code, machine and versions.
        measurements: One entry per measured process of a pipeline.
        parts: Other measurements, by name.
    """

    file: Path
    facts: dict[str, Any]
    measurements: list[dict[str, Any]]
    parts: dict[str, Any]

    def add(self, measurement: dict[str, Any]) -> None:
        """Add one measurement and save the file."""
        self.measurements.append(measurement)
        self.save()

    def find(self, **wanted: Any) -> list[dict[str, Any]]:
        """Return the measurements with the given values."""
        return [m for m in self.measurements if all(m[key] == value for key, value in wanted.items())]

    def save(self) -> None:
        """Write the file atomically."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        values = {"facts": self.facts, "measurements": self.measurements, "parts": self.parts}
        with atomic_file(self.file) as made, made.open("w", encoding="utf-8") as stream:
            json.dump(values, stream, indent=1)
            stream.write("\n")


def start(file: Path, facts: dict[str, Any], *, resume: bool) -> Results:
    """Return empty results, or those of the file to continue.

    Raises:
        ConfigError: The file's figures come from other code or another machine, so that no ratio would mean anything.
    """
    if not resume or not file.is_file():
        return Results(file, facts, [], {})
    found = read(file)
    other = [name for name in _SAME if found.facts.get(name) != facts[name]]
    if other:
        raise ConfigError(
            f"the figures in {file}",
            "figures of this code on this machine",
            f"another {', '.join(other)}",
            "start a new benchmark, without RESUME=1",
        )
    return found


def read(file: Path) -> Results:
    """Return the results that a file holds.

    Raises:
        ConfigError: There is none.
    """
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"the figures in {file}", "a benchmark's JSON", str(error), "run `make benchmark`") from None
    return Results(file, values["facts"], values["measurements"], values["parts"])


def facts_of(project: Path, packages: Sequence[str] = PACKAGES) -> dict[str, Any]:
    """Return commit, code digest, machine and package versions."""
    return {
        "date": date.today().isoformat(),
        "commit": _commit(project),
        "code": _code(project),
        "penstock": version("penstock"),
        "cpu": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "system": f"{platform.freedesktop_os_release()['PRETTY_NAME']}, Linux {platform.release()}",
        "python": platform.python_version(),
        "packages": {name: version(name) for name in packages},
    }


def _commit(project: Path) -> str:
    command = ["git", "describe", "--always", "--dirty", "--abbrev=10", "--exclude=*"]
    found = subprocess.run(command, cwd=project, capture_output=True, text=True)
    return found.stdout.strip() or "unknown"


def _code(project: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(file for pattern in _CODE for file in project.glob(pattern)):
        digest.update(f"{file.relative_to(project)}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def processor() -> str:
    """Return the name of the processor."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
