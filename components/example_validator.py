"""ExampleValidator: TFX's, in the environment of training, so that a column of serving alone is not missed."""

import os
from typing import Any

import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import anomalies_pb2
from tfx import types
from tfx.components.example_validator import executor, labels
from tfx.dsl.components.base import base_component, executor_spec
from tfx.types import standard_artifacts, standard_component_specs
from tfx.types.component_spec import ExecutionParameter
from tfx.utils import writer_utils

from components.environments import TRAINING


class _Executor(executor.Executor):
    """Holds the statistics of each split against the schema."""

    def _Validate(  # noqa: N802  TFX's name
        self, inputs: dict[str, Any], outputs: dict[str, Any]
    ) -> anomalies_pb2.Anomalies:
        schema = inputs[standard_component_specs.SCHEMA_KEY]
        found = tfdv.validate_statistics(
            inputs[standard_component_specs.STATISTICS_KEY],
            schema,
            # TFDV refuses an environment that the schema does not know.
            environment=TRAINING if TRAINING in schema.default_environment else None,
        )
        file = os.path.join(outputs[labels.SCHEMA_DIFF_PATH], executor.DEFAULT_FILE_NAME)
        writer_utils.write_anomalies(file, found)
        return found


class _Spec(standard_component_specs.ExampleValidatorSpec):
    """What TFX's ExampleValidator takes, and a fingerprint of the code."""

    PARAMETERS = {  # noqa: RUF012  as TFX declares it
        **standard_component_specs.ExampleValidatorSpec.PARAMETERS,
        "code": ExecutionParameter(type=str),
    }


class ExampleValidator(base_component.BaseComponent):
    """Finds where the statistics of the splits differ from the schema."""

    SPEC_CLASS = _Spec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(_Executor)

    def __init__(self, statistics: types.BaseChannel, schema: types.BaseChannel, *, code: str = "") -> None:
        """Construct the node.

        Args:
            statistics: Of all splits.
            schema: What they are held against.
            code: A fingerprint of the code that the node runs, so that changed code runs again.
        """
        super().__init__(
            _Spec(
                statistics=statistics,
                schema=schema,
                exclude_splits="[]",
                anomalies=types.Channel(type=standard_artifacts.ExampleAnomalies),
                code=code,
            )
        )
