"""StatisticsGen: TFX's, with TFDV's generators fed in this process where no Beam runner is named."""

from typing import Any

import tensorflow_data_validation as tfdv
from tensorflow_data_validation.statistics import stats_impl
from tensorflow_metadata.proto.v0 import statistics_pb2
from tfx import types
from tfx.components.statistics_gen import component, executor
from tfx.dsl.components.base import executor_spec
from tfx.dsl.io import fileio
from tfx.types import artifact_utils, standard_component_specs
from tfx.utils import io_utils

from components.in_process import BATCH_ROWS, in_process
from modules.decoding import decoded


class _Executor(executor.Executor):
    """Computes the statistics of each split."""

    def Do(  # noqa: N802  TFX's name
        self,
        input_dict: dict[str, list[types.Artifact]],
        output_dict: dict[str, list[types.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Write one file of statistics per split."""
        if not in_process(self._beam_pipeline_args):
            super().Do(input_dict, output_dict, exec_properties)
            return
        self._log_startup(input_dict, output_dict, exec_properties)
        examples = artifact_utils.get_single_instance(input_dict[standard_component_specs.EXAMPLES_KEY])
        statistics = artifact_utils.get_single_instance(output_dict[standard_component_specs.STATISTICS_KEY])
        statistics.split_names = examples.split_names
        statistics.span = examples.span
        for split in artifact_utils.decode_split_names(examples.split_names):
            files = sorted(fileio.glob(io_utils.all_files_pattern(artifact_utils.get_split_uri([examples], split))))
            folder = artifact_utils.get_split_uri([statistics], split)
            fileio.makedirs(folder)
            with fileio.open(f"{folder}/{executor.DEFAULT_FILE_NAME}", "wb") as file:
                file.write(_statistics(files).SerializeToString())


class StatisticsGen(component.StatisticsGen):
    """Computes the statistics of every split with TFDV's default options."""

    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(_Executor)

    def __init__(self, examples: types.BaseChannel, *, code: str = "") -> None:
        """Construct the node.

        Args:
            examples: The examples.
            code: A fingerprint of the code that the node runs, so that changed code runs again.
        """
        super().__init__(examples=examples)
        # The executor's flags are in the cache key, and the component has no parameter that could hold it.
        self.executor_spec.add_extra_flags([f"--code={code}"])


def _statistics(files: list[str]) -> statistics_pb2.DatasetFeatureStatisticsList:
    generators = stats_impl.get_generators(tfdv.StatsOptions(), in_memory=True)
    partial = [generator.create_accumulator() for generator in generators]
    for _, batch in decoded(files, BATCH_ROWS):
        partial = [
            generator.add_input(accumulator, batch) for generator, accumulator in zip(generators, partial, strict=True)
        ]
    return stats_impl.extract_statistics_output(partial, generators)
