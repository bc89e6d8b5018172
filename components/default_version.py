"""DefaultVersion: the model of the version that the registry's alias `default` points to.

It takes the place of TFX's Resolver with `evaluation.baseline = "default"`. The alias is looked up before the run, and
folder and digest are parameters: if the alias moves, nothing that was compared with the earlier version is reused.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

from absl import logging
from tfx.dsl.component.experimental.annotations import OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types import standard_artifacts

from components.artifact_files import local_output
from components.tfx_internals import serving_model_folder
from penstock.core.errors import NodeError
from penstock.versions.digest import model_digest, was_added


@component
def DefaultVersion(
    model: OutputArtifact[standard_artifacts.Model],
    folder: Parameter[str],
    digest: Parameter[str],
    code: Parameter[str],
) -> None:
    """Copy the model of a version; without a version the artifact has no files.

    Args:
        model: The model.
        folder: The folder of the version; empty if there is none.
        digest: The SHA-256 of its model, as the registry has it.
        code: Fingerprint of this module, for the cache.
    """
    if not folder:
        logging.info("The alias `default` points to no version yet: there is no baseline.")
        return
    if (found := model_digest(Path(folder))) != digest:
        raise NodeError(
            f"the baseline {folder}", f"the files that the registry has, {digest[:12]}", found[:12], "run again"
        )
    with local_output(serving_model_folder(model.uri)) as target:
        shutil.copytree(folder, target, dirs_exist_ok=True, ignore=_added_to(Path(folder)))
    model.set_string_custom_property("pushed_version", Path(folder).name)


def _added_to(version: Path) -> Callable[[str, list[str]], list[str]]:
    """Return what says to `shutil.copytree` which names to leave out: the files that are none of the model."""
    added = was_added(version)

    def names_to_leave_out(folder: str, names: list[str]) -> list[str]:
        within = Path(folder).relative_to(version)
        return [name for name in names if added(within / name)]

    return names_to_leave_out
