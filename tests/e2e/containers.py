"""Containers without an engine: a command in a root of its own, which consists of folders of this machine.

Of the machine it has the programs and the libraries. `/tmp` is empty, so that nothing that a test made is there.
"""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

CODE = Path(__file__).resolve().parents[2]
_NAMESPACES = ["unshare", "--mount", "--propagation", "private", *([] if os.getuid() == 0 else ["--map-root-user"])]

# Arguments: the empty folder that becomes the root, then SOURCE TARGET MODE for each mount, then -- and the command.
_ENTER = """
root=$1
shift
mount -t tmpfs tmpfs "$root"
for entry in /*; do [ ! -L "$entry" ] || cp -P "$entry" "$root"; done
while [ "$1" != -- ]; do
    mkdir -p "$root$2"
    mount --rbind "$1" "$root$2"
    [ "$3" = rw ] || mount -o "remount,bind,$3" "$root$2"
    shift 3
done
shift
PATH=$PATH:/usr/sbin exec chroot "$root" "$@"
"""


def can_run() -> bool:
    """Say whether this machine lets us make a root."""
    done = subprocess.run([*_NAMESPACES, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True)
    return done.returncode == 0


@dataclass(frozen=True)
class Container:
    """A root with an image and further folders.

    Attributes:
        image: The folder of the image: the project, with the code. It cannot be written.
        scratch: A folder of this container alone.
        mounts: Further folders by their paths in the container.
        environment: Further variables, as a secret of the cluster sets them.
    """

    image: Path
    scratch: Path
    mounts: Mapping[str, Path]
    environment: Mapping[str, str] = field(default_factory=dict)

    def path(self, inside: str) -> Path:
        """Return where a path below one of the container's own folders is on this machine."""
        return self.scratch / inside.lstrip("/")

    def run(self, words: Sequence[str], log: Path) -> int:
        """Run a command in the folder of the image, with the environment that the image sets; return its exit code."""
        root = self.path("root")
        root.mkdir()
        own = {f"/{name}": self.path(name) for name in ("tmp", "gcs", "s3", "minio")}
        for folder in own.values():
            folder.mkdir(parents=True, exist_ok=True)
        mounts = [*_machine(), *((source, target, "rw") for target, source in {**own, **self.mounts}.items())]
        mounts += [(place, str(place), "rw") for place in _programs() if str(place).startswith("/tmp/")]
        mounts.append((self.image, "/penstock", "ro"))
        given = [str(word) for mount in mounts for word in mount]
        path = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
        environment = ["env", "-i", f"PATH={path}", "PYTHONPATH=/penstock", "HOME=/tmp", "LANG=C.UTF-8"]
        environment += [f"{name}={value}" for name, value in self.environment.items()]
        start = [*environment, "sh", "-c", 'cd /penstock && exec "$@"', "sh", *words]
        command = [*_NAMESPACES, "sh", "-euc", _ENTER, "enter", str(root), *given, "--", *start]
        with log.open("wb") as stream:
            return subprocess.run(command, stdout=stream, stderr=stream, stdin=subprocess.DEVNULL).returncode


def _machine() -> list[tuple[Path, str, str]]:
    """Return the folders of the machine that a container has."""
    hidden = {"tmp", "gcs", "s3", "minio", "penstock", "models", "rows"}
    folders = [entry for entry in sorted(Path("/").iterdir()) if entry.is_dir() and not entry.is_symlink()]
    return [(entry, str(entry), "rw") for entry in folders if entry.name not in hidden]


def _programs() -> set[Path]:
    return {Path(place).resolve() for place in (sys.prefix, sys.base_prefix)}
