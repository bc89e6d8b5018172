"""SchemaGen: TFX's, with every column kept that has values in some split, and with environments.

Rows to be served are held against the schema without a label.
"""

import os
from typing import Any

from tfx import types
from tfx.dsl.components.base import base_component, executor_spec
from tfx.types import artifact_utils, standard_artifacts, standard_component_specs
from tfx.types.component_spec import ExecutionParameter

from components.environments import with_environments
from components.in_process import Artifacts
from components.inferred_schema import inferred
from components.tfx_internals import SCHEMA_FILE, executor_of, load_statistics, write_proto_text

_TfxExecutor: Any = executor_of("schema_gen")


class _Executor(_TfxExecutor):
    """Infers the schema from the statistics of all splits."""

    def Do(  # noqa: N802  TFX's name
        self, input_dict: Artifacts, output_dict: Artifacts, exec_properties: dict[str, Any]
    ) -> None:
        """Write `schema.pbtxt`."""
        statistics = artifact_utils.get_single_instance(input_dict[standard_component_specs.STATISTICS_KEY])
        splits = [
            load_statistics(statistics, split) for split in artifact_utils.decode_split_names(statistics.split_names)
        ]
        folder = artifact_utils.get_single_uri(output_dict[standard_component_specs.SCHEMA_KEY])
        schema = with_environments(inferred(splits), exec_properties["label"])
        write_proto_text(os.path.join(folder, SCHEMA_FILE), schema)


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
