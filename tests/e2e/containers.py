"""Containers without an engine: a command in a root of its own, which consists of folders of this machine.

Of the machine it has the programs and the libraries. `/tmp` is empty, so that nothing that a test made is there.
"""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

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


OWN = ("tmp", "gcs", "s3", "minio")
# Where a machine has the folders of all containers, which no container sees, and programs that are in `/tmp` here.
_CONTAINERS, _PROGRAMS = "/containers", "/programs"
_PROGRAM = Path(__file__).with_name("container_program.py")


@dataclass(frozen=True)
class Container:
    """A root with the image and further folders of a machine, and with folders of its own.

    Attributes:
        machine: Where it runs.
        scratch: A folder of this container alone, below that of the machine.
    """

    machine: "Machine"
    scratch: Path

    def path(self, inside: str) -> Path:
        """Return where a path below one of the container's own folders is on this machine."""
        return self.scratch / inside.lstrip("/")

    def run(self, words: Sequence[str], log: Path) -> int:
        """Run `python -m MODULE` in the folder of the image, and return its exit code."""
        for name in OWN:
            self.path(name).mkdir(parents=True, exist_ok=True)
        with log.open("wb") as stream:
            return self.machine.run(self.scratch, words, stream.fileno())


class Machine:
    """Runs containers of an image, each in a fork of one process, which has imported what nodes use.

    Importing takes longer than most nodes. A container is a process with a root of its own all the same.
    """

    def __init__(
        self, image: Path, folder: Path, mounts: Mapping[str, Path], environment: Mapping[str, str] | None = None
    ) -> None:
        """Take what all containers have.

        Args:
            image: The folder of the image: the project, with the code. It cannot be written.
            folder: Where the containers have their folders.
            mounts: Further folders by their paths in the containers.
            environment: Further variables, as a secret of the cluster sets them.
        """
        path = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
        given = {"PATH": path, "PYTHONPATH": "/penstock", "HOME": "/tmp", "LANG": "C.UTF-8"}
        self._image, self._folder, self._mounts = image, folder, mounts
        self._environment = {**given, **(environment or {})}

    def __enter__(self) -> "Machine":
        root = self._folder / "root"
        root.mkdir(parents=True)
        (self._folder / "containers").mkdir()
        self._calls, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        environment = ["env", "-i", *(f"{name}={value}" for name, value in self._environment.items())]
        start = [*environment, "sh", "-c", 'cd /penstock && exec "$@"', "sh", "python", "-c", _PROGRAM.read_text()]
        given = [str(word) for mount in self._places() for word in mount]
        command = [*_NAMESPACES, "sh", "-euc", _ENTER, "enter", str(root), *given, "--", *start, str(theirs.fileno())]
        with theirs:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()])
        return self

    def __exit__(self, *_: object) -> None:
        self._calls.close()
        self._process.wait()

    def container(self, name: str) -> Container:
        """Return a new container."""
        return Container(self, self._folder / "containers" / name)

    def run(self, scratch: Path, words: Sequence[str], log: int) -> int:
        """Run a command with the folders of a container, and return its exit code."""
        folders = {f"/{name}": f"{_CONTAINERS}/{scratch.name}/{name}" for name in OWN}
        folders |= {str(place): f"{_PROGRAMS}/{number}" for number, place in enumerate(_programs())}
        about = {"folders": folders, "everything": _CONTAINERS, "environment": self._environment, "words": words}
        ended, theirs = os.pipe()
        socket.send_fds(self._calls, [json.dumps(about).encode()], [log, theirs])
        os.close(theirs)
        with open(ended) as code:
            return int(code.read())

    def _places(self) -> list[tuple[Path, str, str]]:
        """Return what the machine mounts: folders of this machine, the image, and empty ones for a container's."""
        empty = self._folder / "empty"
        own = {f"/{name}": empty / name for name in OWN}
        for place in own.values():
            place.mkdir(parents=True)
        further = {**own, **self._mounts, _CONTAINERS: self._folder / "containers"}
        mounts = [*_machine(), *((source, target, "rw") for target, source in further.items())]
        for number, place in enumerate(_programs()):
            mounts += [(place, str(place), "rw"), (place, f"{_PROGRAMS}/{number}", "rw")]
        return [*mounts, (self._image, "/penstock", "ro")]


def _machine() -> list[tuple[Path, str, str]]:
    """Return the folders of the machine that a container has."""
    hidden = {*OWN, "penstock", "models", "rows", "containers", "programs"}
    folders = [entry for entry in sorted(Path("/").iterdir()) if entry.is_dir() and not entry.is_symlink()]
    return [(entry, str(entry), "rw") for entry in folders if entry.name not in hidden]


def _programs() -> list[Path]:
    """Return where Python is, if that is below `/tmp`, of which a container has its own."""
    places = sorted({Path(place).resolve() for place in (sys.prefix, sys.base_prefix)})
    return [place for place in places if str(place).startswith("/tmp/")]
