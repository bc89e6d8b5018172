"""Builds an image without an engine: the steps of a Dockerfile, each run in a root of its own."""

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.dockerfile import Step

# Arguments: the root, its mounts as SOURCE TARGET, then -- and the command. The mounts end with the process.
_ENTER = """
root=$1
shift
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --rbind /sys "$root/sys"
while [ "$1" != -- ]; do
    mkdir -p "$root$2"
    mount --bind "$1" "$root$2"
    shift 2
done
shift
exec chroot "$root" "$@"
"""


@dataclass
class Image:
    """An image that is being built, then used.

    Attributes:
        root: Its files.
        cache: Where cache mounts are, by their paths in the image.
    """

    root: Path
    cache: Mapping[str, Path]
    folder: str = "/"
    user: str = "0"
    environment: Mapping[str, str] = field(default_factory=dict)

    def build(
        self, steps: Iterable[Step], project: Path, files: Sequence[str], stages: Mapping[str, "Image"] | None = None
    ) -> None:
        """Run the steps; the base is in the root already. The context consists of the given files of the project."""
        for step in steps:
            self.environment = step.environment
            if step.name == "WORKDIR":
                self.folder = step.text
                (self.root / step.text.lstrip("/")).mkdir(parents=True, exist_ok=True)
            elif step.name == "USER":
                self.user = step.text
            elif step.name == "COPY" and "from" in step.flags:
                [source, target], [stage] = step.words, step.flags["from"]
                assert stages
                found = stages[stage].root / source.lstrip("/")
                shutil.copytree(found, self.root / target.lstrip("/"), symlinks=True)
            elif step.name == "COPY":
                self._copy(step, project, files)
            elif step.name == "RUN":
                mounts = {target: self.cache[target] for target in step.caches}
                done = self.run(["sh", "-c", step.text], mounts, capture_output=True, text=True)
                assert done.returncode == 0, f"{step.text} ended with {done.returncode}:\n{done.stderr[-3000:]}"

    def _copy(self, step: Step, project: Path, files: Sequence[str]) -> None:
        *sources, target = step.words
        [mode] = step.flags["chmod"]
        place = self.root / self.folder.lstrip("/") / target
        copied = files if sources == ["."] else sources
        assert set(copied) <= set(files), f"not in the context: {sorted(set(copied) - set(files))}"
        for name in copied:
            file = place / (name if sources == ["."] else Path(name).name)
            for folder in reversed([each for each in file.parents if not each.exists()]):
                folder.mkdir(mode=int(mode, 8))
                folder.chmod(int(mode, 8))
            shutil.copyfile(project / name, file)
            file.chmod(int(mode, 8))

    def run(
        self, words: Sequence[str], mounts: Mapping[str, Path], **options: object
    ) -> subprocess.CompletedProcess[str]:
        """Run a command as the user, in the folder and with the environment that the steps have set."""
        for name in ("resolv.conf", "hosts"):
            shutil.copyfile(f"/etc/{name}", self.root / "etc" / name)
        given = [word for target, source in mounts.items() for word in (str(source), target)]
        environment = ["env", "-i", *(f"{name}={value}" for name, value in self.environment.items())]
        as_user = ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--clear-groups"]
        home = "HOME=/root" if self.user == "0" else "HOME=/home/penstock"
        inside = [*as_user, *environment, home, "sh", "-c", f'cd {self.folder} && exec "$@"', "sh", *words]
        enter = ["unshare", "--mount", "--propagation", "private", "sh", "-euc", _ENTER, "enter", str(self.root)]
        return subprocess.run([*enter, *given, "--", *inside], stdin=subprocess.DEVNULL, **options)  # type: ignore[call-overload,no-any-return]


@dataclass(frozen=True)
class ImageContainer:
    """A container of an image, for the launcher of tests/e2e."""

    image: Image
    scratch: Path
    mounts: Mapping[str, Path]

    def path(self, inside: str) -> Path:
        """Return where a path below one of the container's own folders is on this machine."""
        return self.scratch / inside.lstrip("/")

    def run(self, words: Sequence[str], log: Path) -> int:
        """Run a command as the image's user, who owns what the launcher made for it; return its exit code."""
        own = {f"/{name}": self.path(name) for name in ("tmp", "gcs", "s3", "minio")}
        for folder in own.values():
            folder.mkdir(parents=True, exist_ok=True)
            for place in (folder, *folder.rglob("*")):
                os.chown(place, int(self.image.user), int(self.image.user))
        with log.open("wb") as stream:
            return self.image.run(words, {**own, **self.mounts}, stdout=stream, stderr=stream).returncode
