"""Tuner: TFX's, which also writes the result of each trial."""

import os
from typing import Any

from tfx import types
from tfx.components.tuner import component
from tfx.dsl.components.base import executor_spec
from tfx.types import artifact_utils, standard_component_specs

from components.settings import with_settings
from components.tfx_internals import ExecutorParts, executor_of, search
from modules import tuning
from penstock.core.documents.training import Trials

TUNER_FN = "modules.tuning.tuner_fn"


_TfxExecutor: Any = executor_of("tuner")


class _Executor(ExecutorParts, _TfxExecutor):
    """Searches, then writes the best settings and all trials."""

    def Do(  # noqa: N802  TFX's name
        self,
        input_dict: dict[str, list[types.Artifact]],
        output_dict: dict[str, list[types.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Search as TFX does, and write the trials in addition to its results."""
        tuner = search(input_dict, with_settings(exec_properties), output_dict, self.temporary_folder())
        folder = artifact_utils.get_single_uri(output_dict[standard_component_specs.TUNER_RESULTS_KEY])
        tuning.write_trials(tuner.trials, os.path.join(folder, Trials.FILE))


class Tuner(component.Tuner):
    """Searches for the settings of the model with the least validation loss."""

    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(_Executor)

    def __init__(
        self,
        examples: types.BaseChannel,
        transform_graph: types.BaseChannel,
        *,
        features: str,
        model: dict[str, Any],
        tuning: dict[str, Any],
    ) -> None:
        """Construct the node.

        Args:
            examples: The examples, with a split `train`.
            transform_graph: The output of Transform.
            features: The FeatureSpec as JSON.
            model: The settings of the model; a setting that is given is not searched.
            tuning: `algorithm` and `trials`, and `code`, a fingerprint, so that changed code runs again.
        """
        super().__init__(
            examples=examples,
            transform_graph=transform_graph,
            tuner_fn=TUNER_FN,
            custom_config={"features": features, "model": model, "tuning": tuning},
        )
