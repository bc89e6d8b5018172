"""Trainer: TFX's, with the `run_fn` of `modules.training`."""

from typing import Any

from tfx import types
from tfx.components.trainer import component
from tfx.dsl.components.base import executor_spec
from tfx.types import standard_component_specs

from components.artifact_files import with_models
from components.in_process import Artifacts
from components.settings import with_settings
from components.tfx_internals import executor_of

_TfxExecutor: Any = executor_of("trainer", "GenericExecutor")
_RUN_FN = "modules.training.run_fn"


class _Executor(_TfxExecutor):
    """Trains the model, from the weights of an earlier one if there is one."""

    def Do(  # noqa: N802  TFX's name
        self, input_dict: Artifacts, output_dict: Artifacts, exec_properties: dict[str, Any]
    ) -> None:
        """Do the node's work, from random weights if no earlier model was found."""
        inputs = with_models(input_dict, standard_component_specs.BASE_MODEL_KEY)
        super().Do(inputs, output_dict, with_settings(exec_properties))


class Trainer(component.Trainer):
    """Trains the configured family on the split `train`."""

    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(_Executor)

    def __init__(self, *, custom_config: dict[str, Any], **channels: types.BaseChannel | None) -> None:
        """Construct the node.

        Args:
            custom_config: The features, the settings of the model, and the fingerprint of the code.
            **channels: The inputs of TFX's Trainer.
        """
        super().__init__(run_fn=_RUN_FN, custom_config=custom_config, **channels)
