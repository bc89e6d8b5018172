"""SchemaGen: TFX's, with every column kept that has values in some split, and with environments.

Rows to be served are held against the schema without a label.
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


def inferred(splits: Sequence[statistics_pb2.DatasetFeatureStatisticsList]) -> schema_pb2.Schema:
    """Return a schema that fits the rows of all splits.

    TFDV takes a column for dropped that is required by the splits before and has no value in the next; it is no longer
    required then.
    """
    agree(splits)
    first, *others = splits
    schema = tfdv.infer_schema(first, infer_feature_shape=False)
    for split in others:
        there = present(split)
        for column in schema.feature:
            if column.name not in there:
                column.presence.min_count = 0
                column.presence.ClearField("min_fraction")
        schema = tfdv.update_schema(schema, split, infer_feature_shape=False)
    return schema


_NUMBERS = (statistics_pb2.FeatureNameStatistics.INT, statistics_pb2.FeatureNameStatistics.FLOAT)


def agree(splits: Sequence[statistics_pb2.DatasetFeatureStatisticsList]) -> bool:
    """Give each column that has no value in a split the type that it has in another; return whether any was given.

    TFDV calls such a column text, and a schema that is inferred from both splits then drops it.
    """
    columns = [column for split in splits for dataset in split.datasets for column in dataset.features]
    known = {_name(column): column.type for column in columns if _common(column).num_non_missing}
    changed = False
    for column in columns:
        kind = known.get(_name(column), column.type)
        if kind != column.type and not _common(column).num_non_missing:
            _retype(column, kind)
            changed = True
    return changed


def present(split: statistics_pb2.DatasetFeatureStatisticsList) -> set[str]:
    """Return the columns that have a value in a split."""
    columns = [column for dataset in split.datasets for column in dataset.features]
    return {".".join(_name(column)) for column in columns if _common(column).num_non_missing}


def _retype(column: Any, kind: int) -> None:
    common = statistics_pb2.CommonStatistics()
    common.CopyFrom(_common(column))
    column.type = kind
    told = column.num_stats if kind in _NUMBERS else column.string_stats
    told.common_stats.CopyFrom(common)


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
