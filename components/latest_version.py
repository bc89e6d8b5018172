"""LatestVersion: the latest blessed model from the folder of pushed versions.

It takes the place of TFX's Resolver in a pipeline for Kubeflow, whose compiler takes no resolvers. A model that is not
blessed is not pushed, so the version that was pushed last is the latest blessed model.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from absl import logging
from tfx.dsl.component.experimental.annotations import OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types import standard_artifacts

from components.artifact_files import local_input, local_output
from components.tfx_internals import serving_model_folder
from components.version_folder import mirrored
from penstock.versions import record
from penstock.versions.folders import latest_first
from penstock.versions.record import ADDED_FILES


@component
def LatestVersion(
    model: OutputArtifact[standard_artifacts.Model],
    directory: Parameter[str],
    code: Parameter[str],
) -> None:
    """Copy the model of the version that was pushed last; without a version the artifact has no files.

    Args:
        model: The model.
        directory: The folder of versions.
        code: Fingerprint of this module, for the cache.
    """
    with latest(directory) as version:
        if version is None:
            logging.info("No version in %s: there is no blessed model yet.", directory)
            return
        with local_output(serving_model_folder(model.uri)) as folder:
            shutil.copytree(version.folder, folder, dirs_exist_ok=True, ignore=without_additions)
        model.set_string_custom_property("pushed_version", str(version.number))


@dataclass(frozen=True)
class Version:
    """A version, with its files in a folder of this machine."""

    number: int
    folder: Path


@contextmanager
def latest(directory: str) -> Iterator[Version | None]:
    """Yield the version that was pushed last and is intact, or None if there is none."""
    with mirrored(directory) as mirror:
        order = latest_first(mirror)
    for number in order:
        with local_input(f"{directory}/{number}") as folder:
            damage = record.check(folder, verify=True)
            if not damage:
                yield Version(number, folder)
                return
        logging.warning("Version %s is damaged, and an earlier one is used: %s.", number, damage[0])
    yield None


def without_additions(folder: str, names: list[str]) -> list[str]:
    """Return the names that `shutil.copytree` leaves out: what Penstock adds to a model when it is pushed."""
    return [name for name in names if Path(Path(folder).name, name) in ADDED_FILES]
