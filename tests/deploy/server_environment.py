"""The environment of the server's image, made by the steps of its Dockerfile in a folder, without an engine.

It is kept in .tools, as layers are: a step is taken again when it or a file that was copied before it has changed.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dockerfile import ROOT, SERVER, Step, context, steps

PLACE = ROOT / ".tools" / "server"
# `scripts/set-up` has taken this step, with the same lock, where it found no uv.
UV = ROOT / ".tools" / "uv"
# Packages of Debian, and what only the second stage has.
OF_THE_SYSTEM = "apt-get"


def build_steps() -> list[Step]:
    """Return the steps of the first stage that can be taken in any folder."""
    return [
        step
        for step in steps(SERVER.read_text())
        if step.stage == "build" and step.name in ("COPY", "RUN") and OF_THE_SYSTEM not in step.text
    ]


def server_environment() -> Path:
    """Return the folder of `.venv`, which is that of the image with the code as it is; else the test is skipped."""
    PLACE.mkdir(parents=True, exist_ok=True)
    # One of the processes that the tests run in builds, and the others wait until it is done.
    with PLACE.with_name("server.lock").open("w") as waiting:
        fcntl.flock(waiting, fcntl.LOCK_EX)
        # The digests of the steps that were taken, in order; a step that is taken again makes the later ones void.
        stamp = PLACE / "layers"
        taken = stamp.read_text().split() if stamp.exists() else []
        for number, (step, layer) in enumerate(_layers()):
            if taken[number : number + 1] != [layer]:
                stamp.write_text(" ".join(taken[:number]))
                _take(step)
                taken = [*taken[:number], layer]
                stamp.write_text(" ".join(taken))
    return PLACE


def _layers() -> Iterator[tuple[Step, str]]:
    """Yield each step with a digest of it and of everything before it."""
    digest = hashlib.sha256(sys.version.encode())
    for step in build_steps():
        digest.update(step.text.encode())
        if step.name == "COPY":
            for name in _files(step):
                digest.update(name.encode() + b"\0" + (ROOT / name).read_bytes())
        yield step, digest.hexdigest()


def _files(step: Step) -> list[str]:
    return context(SERVER) if step.words == [".", "."] else step.words[:-1]


def _take(step: Step) -> None:
    if step.name == "COPY":
        for name in _files(step):
            file = PLACE / (name if step.words == [".", "."] else f"{step.words[-1]}/{Path(name).name}")
            file.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, file)
        return
    if "venv .tools/uv" in step.text and _has_uv():
        return
    if "uv venv" in step.text:
        shutil.rmtree(PLACE / ".venv", ignore_errors=True)
    # The Python of the tests, not of their environment.
    path = f"{Path(sys.executable).resolve().parent}:{os.environ['PATH']}"
    environment = {**os.environ, **step.environment, "PATH": path}
    done = subprocess.run(["sh", "-c", step.text], cwd=PLACE, env=environment, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(
            f"the server's image is not tested, its packages are not here: {' '.join(done.stderr.split())[:300]}"
        )


def _has_uv() -> bool:
    """Whether the uv of `scripts/set-up` is in place."""
    if not (UV / "bin" / "uv").exists():
        return False
    (PLACE / ".tools").mkdir(exist_ok=True)
    link = PLACE / ".tools" / "uv"
    if not link.is_symlink():
        shutil.rmtree(link, ignore_errors=True)
        link.symlink_to(UV)
    return True


def sampling_packages(place: Path) -> Path:
    """Return what the build argument SAMPLING adds, which its step installs into an environment in a folder."""
    [step] = [step for step in build_steps() if step.name == "RUN" and "$SAMPLING" in step.text]
    for name in ("requirements.lock", "requirements-next.lock"):
        shutil.copyfile(ROOT / name, place / name)
    (place / ".tools").mkdir()
    (place / ".tools" / "uv").symlink_to(UV)
    python = Path(sys.executable).resolve()
    subprocess.run([python, "-m", "venv", "--without-pip", place / ".venv"], check=True)
    environment = {**os.environ, "SAMPLING": "1"}
    done = subprocess.run(["sh", "-c", step.text], cwd=place, env=environment, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"PyArrow is not here: {' '.join(done.stderr.split())[:300]}")
    [packages] = (place / ".venv" / "lib").glob("python3.*/site-packages")
    return packages


def size(folder: Path) -> int:
    """Return the bytes of the files in a folder; a file with several names counts once."""
    found = {(info.st_dev, info.st_ino): info.st_size for info in (os.lstat(file) for file in folder.rglob("*"))}
    return sum(found.values())
