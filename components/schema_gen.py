"""SchemaGen: TFX's, with every column kept that has values in some split, however few they are."""

import os
from typing import Any

from tfx import types
from tfx.components.schema_gen import component, executor
from tfx.components.statistics_gen import stats_artifact_utils
from tfx.dsl.components.base import executor_spec
from tfx.types import artifact_utils, standard_component_specs
from tfx.utils import io_utils

from components.inferred_schema import inferred


class _Executor(executor.Executor):
    """Infers the schema from the statistics of all splits."""

    def Do(  # noqa: N802  TFX's name
        self,
        input_dict: dict[str, list[types.Artifact]],
        output_dict: dict[str, list[types.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Write the schema."""
        statistics = artifact_utils.get_single_instance(input_dict[standard_component_specs.STATISTICS_KEY])
        splits = [
            stats_artifact_utils.load_statistics(statistics, split).proto()
            for split in artifact_utils.decode_split_names(statistics.split_names)
        ]
        folder = artifact_utils.get_single_uri(output_dict[standard_component_specs.SCHEMA_KEY])
        io_utils.write_pbtxt_file(os.path.join(folder, executor.DEFAULT_FILE_NAME), inferred(splits))


class SchemaGen(component.SchemaGen):
    """Infers the schema, without the shapes of columns, so that each of them may be missing when a model is served."""

    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(_Executor)

    def __init__(self, statistics: types.BaseChannel, *, code: str = "") -> None:
        """Construct the node.

        Args:
            statistics: The statistics of the splits.
            code: A fingerprint of the code that the node runs, so that changed code runs again.
        """
        super().__init__(statistics=statistics, infer_feature_shape=False)
        # The executor's flags are in the cache key, and the component has no parameter that could hold it.
        self.executor_spec.add_extra_flags([f"--code={code}"])
