"""ExampleValidator: TFX's, in the environment of training, so that a column of serving alone is not reported."""

from typing import Any

import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import anomalies_pb2
from tfx import types
from tfx.dsl.components.base import base_component, executor_spec
from tfx.types import standard_artifacts, standard_component_specs
from tfx.types.component_spec import ExecutionParameter

from components.environments import TRAINING
from components.tfx_internals import ValidatorParts, executor_of

_TfxExecutor: Any = executor_of("example_validator")


class _Executor(ValidatorParts, _TfxExecutor):
    """Compares the statistics of each split with the schema."""

    def anomalies(self, statistics: Any, schema: Any) -> anomalies_pb2.Anomalies:
        """Return the anomalies of a split."""
        return tfdv.validate_statistics(
            statistics,
            schema,
            # TFDV refuses an environment that the schema does not have.
            environment=TRAINING if TRAINING in schema.default_environment else None,
        )


class _Spec(standard_component_specs.ExampleValidatorSpec):
    """What TFX's ExampleValidator takes, and a fingerprint of the code."""

    PARAMETERS = {  # noqa: RUF012  as TFX declares it
        **standard_component_specs.ExampleValidatorSpec.PARAMETERS,
        "code": ExecutionParameter(type=str),
    }


class ExampleValidator(base_component.BaseComponent):
    """Finds the differences between the statistics of the splits and the schema."""

    SPEC_CLASS = _Spec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(_Executor)

    def __init__(self, statistics: types.BaseChannel, schema: types.BaseChannel, *, code: str = "") -> None:
        """Construct the node.

        Args:
            statistics: The statistics of all splits.
            schema: The schema to compare them with.
            code: A fingerprint of the code of the node, so that changed code runs again.
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
