"""Copies versions from a bucket: the server loads models from a disk.

TensorFlow reads the bucket, in a process of its own, so that the process that starts the others never imports it.
"""

import json
import subprocess
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from penstock.core.errors import ConfigError
from penstock.core.places import is_remote_place
from penstock.server.models.config import ModelConfig, Policy

_SAVED_MODEL = "saved_model.pb"
_NEXT = "correct the address, and let the service account read the bucket"


@contextmanager
def on_disk(models: Sequence[ModelConfig]) -> Iterator[list[ModelConfig]]:
    """Yield the models; those in a bucket are copied as they are now, and the copies are removed in the end.

    Raises:
        ConfigError: There is no version in a bucket, or it cannot be read.
    """
    places = [address_of(model.folder) for model in models]
    if not any(places):
        yield list(models)
        return
    with TemporaryDirectory(prefix="penstock-models-") as folder:
        yield [
            replace(model, folder=fetched(place, _chosen(model), Path(folder, model.name))) if place else model
            for model, place in zip(models, places, strict=True)
        ]


@dataclass(frozen=True)
class Chosen:
    """Which versions are copied.

    Attributes:
        policy: Those that are served.
        challenger: The number of the one that gets copies of requests; None for none.
    """

    policy: Policy = Policy()
    challenger: int | None = None

    def choose(self, numbers: Collection[int]) -> set[int]:
        """Return the versions to copy among those that exist."""
        return self.policy.choose(numbers) | {number for number in numbers if number == self.challenger}


def _chosen(model: ModelConfig) -> Chosen:
    if model.challenger and not model.challenger.isdecimal():
        expected = "its number, as the aliases of a bucket are not copied"
        raise ConfigError(f"the challenger of {model.name}", expected, model.challenger, "write the number")
    return Chosen(model.policy, int(model.challenger) if model.challenger else None)


def address_of(folder: Path) -> str | None:
    """Return the address of a bucket, from which a path has lost a slash; None for a folder of this machine."""
    scheme, _, rest = folder.as_posix().partition(":/")
    address = f"{scheme}://{rest.lstrip('/')}"
    return address if is_remote_place(address) else None


def fetched(place: str, chosen: Chosen, into: Path) -> Path:
    """Return the folder into which the versions at a place were copied, each under its number.

    The place is a SavedModel, whose number is its name or 1, or a folder of versions, some of which are chosen.

    Raises:
        ConfigError: There is no version, or the bucket cannot be read.
    """
    policy = chosen.policy
    given = json.dumps([place, policy.latest, policy.every, policy.specific, chosen.challenger, str(into)])
    command = [sys.executable, "-m", "penstock.server.process.fetching"]
    done = subprocess.run(command, input=given, capture_output=True, text=True)
    if done.returncode:
        received = done.stderr.strip().splitlines()[-1:] or ["no reason"]
        raise ConfigError(f"the model in {place}", "a SavedModel, or a folder of versions", received[0][:300], _NEXT)
    return into


def copy(place: str, chosen: Chosen, into: Path) -> int:
    """Copy the versions at a place, and return how many there were."""
    import tensorflow as tf

    files = tf.io.gfile
    place = place.rstrip("/")
    if files.exists(f"{place}/{_SAVED_MODEL}"):
        name = place.rpartition("/")[2]
        found = {name if name.isdecimal() else "1": place}
    else:
        names = [child.rstrip("/") for child in files.listdir(place)]
        wanted = chosen.choose([int(name) for name in names if name.isdecimal()])
        found = {str(number): f"{place}/{number}" for number in wanted}
    for name, source in found.items():
        for file in _files(files, source):
            target = into / name / file
            target.parent.mkdir(parents=True, exist_ok=True)
            files.copy(f"{source}/{file}", str(target), overwrite=True)
    return len(found)


def _files(files: Any, folder: str) -> Iterator[str]:
    """Yield the files in a folder and below, by their paths in it."""
    for found, _, names in files.walk(folder):
        inner = found.removeprefix(folder).strip("/")
        for name in names:
            if name:  # the marker of an empty folder
                yield f"{inner}/{name}" if inner else name


def _main() -> int:
    place, latest, every, specific, challenger, into = json.load(sys.stdin)
    try:
        number = copy(place, Chosen(Policy(latest, every, tuple(specific)), challenger), Path(into))
    except Exception as error:
        reason = getattr(error, "message", None) or str(error)
        sys.stderr.write(f"\n{' '.join(reason.split())}\n")
        return 1
    if not number:
        sys.stderr.write("\nnone\n")
    return 0 if number else 1


if __name__ == "__main__":
    sys.exit(_main())
