"""SchemaGen: TFX's, but every column with values in some split is in the schema, which has environments.

Rows to be served are compared with the schema in the environment SERVING, without a label.
"""

import os
from collections.abc import Sequence
from typing import Any

import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2
from tfx import types
from tfx.dsl.components.base import base_component, executor_spec
from tfx.types import artifact_utils, standard_artifacts, standard_component_specs
from tfx.types.component_spec import ExecutionParameter

from components.environments import with_environments
from components.in_process import Artifacts
from components.tfx_internals import SCHEMA_FILE, executor_of, load_statistics, write_proto_text


def infer(splits: Sequence[statistics_pb2.DatasetFeatureStatisticsList]) -> schema_pb2.Schema:
    """Return a schema for the rows of all splits, with its columns in the order of their names.

    TFDV drops a column that the earlier splits require and that has no value in the next one, so it is first made
    optional. Its order is that of the statistics: by name, unless workers of Beam computed them.
    """
    align_types(splits)
    first, *others = splits
    schema = tfdv.infer_schema(first, infer_feature_shape=False)
    for split in others:
        present = columns_with_values(split)
        for column in schema.feature:
            if column.name not in present:
                column.presence.min_count = 0
                column.presence.ClearField("min_fraction")
        schema = tfdv.update_schema(schema, split, infer_feature_shape=False)
    for messages in (schema.feature, schema.string_domain):
        messages.sort(key=lambda message: str(message.name))
    return schema


_NUMBERS = (statistics_pb2.FeatureNameStatistics.INT, statistics_pb2.FeatureNameStatistics.FLOAT)


def align_types(splits: Sequence[statistics_pb2.DatasetFeatureStatisticsList]) -> bool:
    """Give each column without values in a split its type in another split; return whether any was changed.

    TFDV reports such a column as text, and a schema inferred from both splits does not include it.
    """
    columns = [column for split in splits for dataset in split.datasets for column in dataset.features]
    types_of = {_name(column): column.type for column in columns if _common(column).num_non_missing}
    changed = False
    for column in columns:
        kind = types_of.get(_name(column), column.type)
        if kind != column.type and not _common(column).num_non_missing:
            _retype(column, kind)
            changed = True
    return changed


def columns_with_values(split: statistics_pb2.DatasetFeatureStatisticsList) -> set[str]:
    """Return the columns with a value in a split."""
    columns = [column for dataset in split.datasets for column in dataset.features]
    return {".".join(_name(column)) for column in columns if _common(column).num_non_missing}


def _retype(column: Any, kind: int) -> None:
    common = statistics_pb2.CommonStatistics()
    common.CopyFrom(_common(column))
    column.type = kind
    statistics = column.num_stats if kind in _NUMBERS else column.string_stats
    statistics.common_stats.CopyFrom(common)


def _name(column: Any) -> tuple[str, ...]:
    return tuple(column.path.step) or (column.name,)


def _common(column: Any) -> Any:
    return getattr(column, column.WhichOneof("stats") or "num_stats").common_stats


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
        weight = exec_properties["weight"]
        folder = artifact_utils.get_single_uri(output_dict[standard_component_specs.SCHEMA_KEY])
        schema = with_environments(infer(splits), exec_properties["label"], *([weight] if weight else []))
        write_proto_text(os.path.join(folder, SCHEMA_FILE), schema)


class _Spec(standard_component_specs.SchemaGenSpec):
    """The parameters of TFX's SchemaGen, the label, the weight, and a fingerprint of the code."""

    PARAMETERS = {  # noqa: RUF012  as TFX declares it
        **standard_component_specs.SchemaGenSpec.PARAMETERS,
        "label": ExecutionParameter(type=str),
        "weight": ExecutionParameter(type=str),
        "code": ExecutionParameter(type=str),
    }


class SchemaGen(base_component.BaseComponent):
    """Infers the schema of the data, in the environments TRAINING and SERVING."""

    SPEC_CLASS = _Spec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(_Executor)

    def __init__(self, statistics: types.BaseChannel, *, label: str, weight: str = "", code: str = "") -> None:
        """Construct the node.

        Args:
            statistics: The statistics of all splits.
            label: The column that is absent when serving.
            weight: The column of the weights, which is absent too; empty without one.
            code: A fingerprint of the code of the node, so that changed code runs again.
        """
        # Without a shape every column may be missing when the model is served, not only those that were missing before.
        super().__init__(
            _Spec(
                statistics=statistics,
                schema=types.Channel(type=standard_artifacts.Schema),
                infer_feature_shape=0,
                exclude_splits="[]",
                label=label,
                weight=weight,
                code=code,
            )
        )
