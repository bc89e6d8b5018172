"""Whether a component does its work in this process or on a Beam runner."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

from tfx import types
from tfx.dsl.components.base import base_beam_executor
from tfx.dsl.io import fileio
from tfx.types import artifact_utils

from components.cluster_errors import explained
from components.tfx_internals import ExecutorParts, files_pattern
from penstock.core.machine import release_memory

Artifacts = dict[str, list[types.Artifact]]

# Arrow batches of this size keep numpy and TensorFlow busy; a batch of a wide table is still some megabytes.
BATCH_ROWS = 4096


def in_process(beam_arguments: Sequence[str]) -> bool:
    """Say whether the Beam arguments name no runner, so that the work is done in this process.

    Beam's in-memory runner uses one process as well, and its cost per element and step is more than the work itself
    unless tables are large.
    """
    return not any(argument.partition("=")[0] == "--runner" for argument in beam_arguments)


class InProcessExecutor(ExecutorParts, base_beam_executor.BaseBeamExecutor):
    """A mixin before an executor of TFX, whose work is done in this process if no Beam runner is configured."""

    def Do(  # noqa: N802  TFX's name
        self, input_dict: Artifacts, output_dict: Artifacts, exec_properties: dict[str, Any]
    ) -> None:
        """Do the node's work in this process, or as TFX does."""
        if not in_process(self.beam_arguments):
            with explained():
                super().Do(input_dict, output_dict, exec_properties)
            return
        self.log_start(input_dict, output_dict, exec_properties)
        release_memory()  # of the previous node
        self.work(input_dict, output_dict, exec_properties)

    @abstractmethod
    def work(self, input_dict: Artifacts, output_dict: Artifacts, exec_properties: dict[str, Any]) -> None:
        """Do the node's work in this process."""


def split_files(examples: types.Artifact, split: str) -> list[str]:
    """Return the files of a split's examples, sorted by name."""
    return sorted(fileio.glob(files_pattern(artifact_utils.get_split_uri([examples], split))))
