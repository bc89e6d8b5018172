"""Reads our Dockerfiles and their .dockerignore, as far as they use the language."""

import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCKERFILE = ROOT / "deploy" / "pipeline.Dockerfile"
SERVER = ROOT / "deploy" / "server.Dockerfile"


def ignore_file(dockerfile: Path) -> Path:
    """Return the file that Docker reads where the Dockerfile is given by `-f`."""
    return dockerfile.with_name(f"{dockerfile.name}.dockerignore")


IGNORE = ignore_file(DOCKERFILE)

_FLAG = re.compile(r"--([a-z]+)=(\S+)\s+")
_OF_THE_BASE = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
_VARIABLE = re.compile(r"\$\{(\w+)\}|\$(\w+)")


@dataclass(frozen=True)
class Step:
    """An instruction, with the values of the arguments and of the environment in place of their names.

    Attributes:
        name: Such as RUN.
        flags: Its options by name; each may be given more than once.
        text: What follows.
        environment: The variables that ENV has set before in this stage, and PATH.
        stage: The name of the stage that it is part of; none for the last one.
    """

    name: str
    flags: Mapping[str, tuple[str, ...]]
    text: str
    environment: Mapping[str, str]
    stage: str = ""

    @property
    def words(self) -> list[str]:
        """The text by blanks."""
        return self.text.split()

    @property
    def caches(self) -> list[str]:
        """The folders of cache mounts."""
        options = [dict(part.split("=") for part in given.split(",")) for given in self.flags.get("mount", ())]
        return [each["target"] for each in options if each["type"] == "cache"]


def steps(text: str, **arguments: str) -> Iterator[Step]:
    """Yield the instructions of a Dockerfile; arguments are those of `docker build --build-arg`."""
    values: dict[str, str] = {}
    environment, stage = dict(_OF_THE_BASE), ""
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for line in lines.replace("\\\n", " ").splitlines():
        name, _, rest = line.strip().partition(" ")
        if not name:
            continue
        flags: dict[str, tuple[str, ...]] = {}
        rest = rest.strip()
        while found := _FLAG.match(rest):
            flags[found[1]] = (*flags.get(found[1], ()), found[2])
            rest = rest[found.end() :]
        if name != "RUN":  # there the shell does it
            rest = _filled(rest, {**values, **environment})
        if name == "FROM":
            rest, _, stage = rest.partition(" AS ")
            environment = dict(_OF_THE_BASE)
        if name == "ARG":
            key, _, default = rest.partition("=")
            values[key] = arguments.get(key, default)
        if name == "ENV":
            environment |= dict(pair.split("=", 1) for pair in rest.split())
        yield Step(name, flags, " ".join(rest.split()), dict(environment), stage)


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda match: values[match[1] or match[2]], text)


def ignored(text: str) -> re.Pattern[str]:
    """Return a pattern that matches the paths that a .dockerignore leaves out."""
    patterns = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    assert not [pattern for pattern in patterns if pattern.startswith("!")]
    return re.compile("|".join(f"(?:{_regex(pattern)})(?:/.*)?$" for pattern in patterns))


def _regex(pattern: str) -> str:
    parts = {"**/": r"(?:.*/)?", "*": r"[^/]*"}
    return "".join(parts.get(part, re.escape(part)) for part in re.split(r"(\*\*/|\*)", pattern))


def context(dockerfile: Path = DOCKERFILE) -> list[str]:
    """Return the files of the working tree that a build receives, without those that git ignores."""
    command = ["git", "ls-files", "-co", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    pattern = ignored(ignore_file(dockerfile).read_text())
    return [name for name in listed.splitlines() if not pattern.match(name) and (ROOT / name).is_file()]
