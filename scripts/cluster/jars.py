"""The jars of a cluster: resolved by Maven from SYSTEM.pom.xml, and checked against the hashes in SYSTEM.sha256."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from penstock.core.errors import ConfigError

PROJECT = Path(__file__).resolve().parents[2]
HERE = PROJECT / "scripts" / "cluster"
MADE = PROJECT / ".tools" / "cluster"
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"


def jars_of(system: str) -> Path:
    """Return the folder of a system's jars; what is missing is fetched by Maven first.

    Raises:
        ConfigError: There is no Maven, it cannot fetch a jar, or a jar is not the one in the list.
    """
    folder = MADE / system / "jars"
    if different(folder, listed(system)):
        _fetch(system, folder)
    return folder


def unstaged(jars: Path) -> Path:
    """Return another path of the jars, under which Beam does not send them to the cluster with every job.

    There are 150 MB or more, and its machines have them on their class path. Beam leaves out what has `gradle/wrapper`
    in its real path.
    """
    place = jars.parent / "gradle" / "wrapper"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    for jar in jars.glob("*.jar"):
        os.link(jar, place / jar.name)
    return place


def listed(system: str) -> dict[str, str]:
    """Return the hash of each jar in the list of a system."""
    lines = (HERE / f"{system}.sha256").read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, name in (line.split("  ") for line in lines)}


def found(folder: Path) -> dict[str, str]:
    """Return the hash of each jar in a folder."""
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.glob("*.jar"))}


def different(folder: Path, expected: dict[str, str]) -> list[str]:
    """Return the names of the jars that a folder has not, has in addition, or has with another content."""
    there = found(folder)
    return sorted(name for name in {*there, *expected} if there.get(name) != expected.get(name))


def write_list(system: str) -> None:
    """Write the list of a system from what Maven resolves, for a person who changes a version in the pom."""
    with tempfile.TemporaryDirectory() as folder:
        resolve(system, Path(folder))
        lines = [f"{digest}  {name}\n" for name, digest in found(Path(folder)).items()]
    (HERE / f"{system}.sha256").write_text("".join(lines), encoding="utf-8")


def resolve(system: str, folder: Path) -> None:
    """Have Maven copy the jars of a system's pom to a folder."""
    maven = shutil.which("mvn")
    if maven is None:
        expected, remedy = "Maven (`mvn`) and Java 17 on PATH", "install them (Debian: apt-get install maven)"
        raise ConfigError(f"the jars of {system}", expected, "no mvn", f"{remedy}, or use a cluster of your own")
    pom = HERE / f"{system}.pom.xml"
    command = [maven, "-q", "-B", "-f", str(pom), _COPY, "-DincludeScope=runtime", f"-DoutputDirectory={folder}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = [line for line in (done.stdout + done.stderr).splitlines() if "ERROR" in line] or ["no message"]
        reason = lines[0].removeprefix("[ERROR] ")[:300]
        raise ConfigError(f"the jars of {system}", "artifacts that Maven can fetch", reason, "connect, and repeat")


def _fetch(system: str, folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as fetched:
        resolve(system, Path(fetched) / "jars")
        if wrong := different(Path(fetched) / "jars", listed(system)):
            what, received = f"the jars of {system}", f"others: {', '.join(wrong[:3])}"
            raise ConfigError(what, f"those of scripts/cluster/{system}.sha256", received, "check the repository")
        shutil.rmtree(folder, ignore_errors=True)
        (Path(fetched) / "jars").rename(folder)


def beam_version(system: str) -> str:
    """Return the version of Beam that a system's pom names; the runs of the project need the same."""
    text = (HERE / f"{system}.pom.xml").read_text(encoding="utf-8")
    return text.partition("<beam.version>")[2].partition("<")[0]
