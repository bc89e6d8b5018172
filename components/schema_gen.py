"""SchemaGen: TFX's, with every column kept that has values in some split, and with environments.

Rows to be served are held against the schema without a label.
"""

import os
from typing import Any

from tfx import types
from tfx.components.schema_gen import executor
from tfx.components.statistics_gen import stats_artifact_utils
from tfx.dsl.components.base import base_component, executor_spec
from tfx.types import artifact_utils, standard_artifacts, standard_component_specs
from tfx.types.component_spec import ExecutionParameter
from tfx.utils import io_utils

from components.environments import with_environments
from components.in_process import Artifacts
from components.inferred_schema import inferred


class _Executor(executor.Executor):
    """Infers the schema from the statistics of all splits."""

    def Do(  # noqa: N802  TFX's name
        self, input_dict: Artifacts, output_dict: Artifacts, exec_properties: dict[str, Any]
    ) -> None:
        """Write `schema.pbtxt`."""
        statistics = artifact_utils.get_single_instance(input_dict[standard_component_specs.STATISTICS_KEY])
        splits = [
            stats_artifact_utils.load_statistics(statistics, split).proto()
            for split in artifact_utils.decode_split_names(statistics.split_names)
        ]
        folder = artifact_utils.get_single_uri(output_dict[standard_component_specs.SCHEMA_KEY])
        schema = with_environments(inferred(splits), exec_properties["label"])
        io_utils.write_pbtxt_file(os.path.join(folder, executor.DEFAULT_FILE_NAME), schema)


class _Spec(standard_component_specs.SchemaGenSpec):
    """What TFX's SchemaGen takes, the label's column, and a fingerprint of the code."""

    PARAMETERS = {  # noqa: RUF012  as TFX declares it
        **standard_component_specs.SchemaGenSpec.PARAMETERS,
        "label": ExecutionParameter(type=str),
        "code": ExecutionParameter(type=str),
    }


class SchemaGen(base_component.BaseComponent):
    """Infers the schema of the data, in the environments TRAINING and SERVING."""

    SPEC_CLASS = _Spec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(_Executor)

    def __init__(self, statistics: types.BaseChannel, *, label: str, code: str = "") -> None:
        """Construct the node.

        Args:
            statistics: Of all splits.
            label: The column that is absent when serving.
            code: A fingerprint of the code that the node runs, so that changed code runs again.
        """
        # Without a shape every column may be missing when the model is served, not only those that ever were before.
        super().__init__(
            _Spec(
                statistics=statistics,
                schema=types.Channel(type=standard_artifacts.Schema),
                infer_feature_shape=0,
                exclude_splits="[]",
                label=label,
                code=code,
            )
        )
