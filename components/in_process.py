"""Whether a component works in this process, or hands its work to a Beam runner."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

from tfx import types
from tfx.dsl.components.base import base_beam_executor
from tfx.dsl.io import fileio
from tfx.types import artifact_utils

from components.tfx_internals import ExecutorParts, files_pattern
from penstock.core.machine import release_memory

Artifacts = dict[str, list[types.Artifact]]

# Arrow batches of this size keep numpy and TensorFlow busy; a batch of a wide table is still some megabytes.
BATCH_ROWS = 4096


def in_process(beam_arguments: Sequence[str]) -> bool:
    """Say whether the Beam arguments name no runner, so that one process on this machine is to do the work.

    Beam's in-memory runner would do the same in one process too, at a cost per element and per step that is more than
    the work itself until tables are large, and that is never less.
    """
    return not any(argument.partition("=")[0] == "--runner" for argument in beam_arguments)


class InProcessExecutor(ExecutorParts, base_beam_executor.BaseBeamExecutor):
    """An executor of TFX's, named behind this one, whose work is done here where no Beam runner is named."""

    def Do(  # noqa: N802  TFX's name
        self, input_dict: Artifacts, output_dict: Artifacts, exec_properties: dict[str, Any]
    ) -> None:
        """Do the node's work, here or as TFX does."""
        if not in_process(self.beam_arguments):
            super().Do(input_dict, output_dict, exec_properties)
            return
        self.log_start(input_dict, output_dict, exec_properties)
        release_memory()  # of the node before
        self.work(input_dict, output_dict, exec_properties)

    @abstractmethod
    def work(self, input_dict: Artifacts, output_dict: Artifacts, exec_properties: dict[str, Any]) -> None:
        """Do the node's work in this process."""


def split_files(examples: types.Artifact, split: str) -> list[str]:
    """Return the files of a split's examples, in the order of their names."""
    return sorted(fileio.glob(files_pattern(artifact_utils.get_split_uri([examples], split))))
