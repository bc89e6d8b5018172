"""StatisticsGen: TFX's, with counts of categories, and computed in this process if no Beam runner is configured."""

import json
from collections.abc import Collection, Sequence
from typing import Any

import tensorflow_data_validation as tfdv
from tensorflow_metadata.proto.v0 import statistics_pb2
from tfx import types
from tfx.components.statistics_gen import component
from tfx.dsl.components.base import base_beam_component, executor_spec
from tfx.dsl.io import fileio
from tfx.types import artifact_utils, standard_artifacts, standard_component_specs
from tfx.types.component_spec import ExecutionParameter

from components import value_counts
from components.in_process import BATCH_ROWS, Artifacts, InProcessExecutor, split_files
from components.tfx_internals import (
    STATISTICS_FILE,
    ExecutorParts,
    beam_source,
    executor_of,
    statistics_generators,
    statistics_of,
    use_exact_histograms,
)
from modules.transform.decoding import decoded

_TfxExecutor: Any = executor_of("statistics_gen")


class _OnBeam(ExecutorParts, _TfxExecutor):
    """Computes the statistics of each split on Beam."""

    def Do(  # noqa: N802  TFX's name
        self, input_dict: Artifacts, output_dict: Artifacts, exec_properties: dict[str, Any]
    ) -> None:
        """Write one file of statistics per split; TFX's own executor accepts no additional generators."""
        self.log_start(input_dict, output_dict, exec_properties)
        examples, files = _places(input_dict, output_dict)
        options = _options(exec_properties)
        # Workers in other processes are not changed.
        use_exact_histograms()
        with self.beam_pipeline() as pipeline:
            for split, file in files.items():
                read = pipeline | f"Read[{split}]" >> beam_source(examples, split, "StatisticsGen")
                found = read | f"GenerateStatistics[{split}]" >> tfdv.GenerateStatistics(options)
                _ = found | f"Write[{split}]" >> tfdv.WriteStatisticsToBinaryFile(file)
        for split, file in files.items():
            _order_columns(file, split_files(examples, split))


class _Executor(InProcessExecutor, _OnBeam):
    """Computes the statistics of each split."""

    def work(self, input_dict: Artifacts, output_dict: Artifacts, exec_properties: dict[str, Any]) -> None:
        """Write one file of statistics per split."""
        examples, files = _places(input_dict, output_dict)
        for split, file in files.items():
            found = _statistics(split_files(examples, split), _options(exec_properties))
            with fileio.open(file, "wb") as stream:
                stream.write(found.SerializeToString())


class _Spec(standard_component_specs.StatisticsGenSpec):
    """The parameters of TFX's StatisticsGen, and the categories."""

    PARAMETERS = {  # noqa: RUF012  as TFX declares it
        **standard_component_specs.StatisticsGenSpec.PARAMETERS,
        "categories": ExecutionParameter(type=str),
    }


class StatisticsGen(component.StatisticsGen):
    """Computes the statistics of every split with TFDV's default options, and counts the values of categories."""

    SPEC_CLASS = _Spec
    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(_Executor)

    def __init__(self, examples: types.BaseChannel, *, categories: Collection[str] = (), code: str = "") -> None:
        """Construct the node.

        Args:
            examples: The examples.
            categories: Columns whose values are counted even if they are numbers.
            code: A fingerprint of the code of the node, so that changed code runs again.
        """
        # TFX's own component has no parameter for the categories.
        base_beam_component.BaseBeamComponent.__init__(
            self,
            _Spec(
                examples=examples,
                exclude_splits="[]",
                statistics=types.Channel(type=standard_artifacts.ExampleStatistics),
                categories=json.dumps(sorted(categories)),
            ),
        )
        # The flags of the executor are part of the cache key, and the component has no parameter for the fingerprint.
        self.executor_spec.add_extra_flags([f"--code={code}"])


def _places(input_dict: Artifacts, output_dict: Artifacts) -> tuple[types.Artifact, dict[str, str]]:
    """Return the examples, and the file for the statistics of each split, whose folder is created."""
    examples = artifact_utils.get_single_instance(input_dict[standard_component_specs.EXAMPLES_KEY])
    statistics = artifact_utils.get_single_instance(output_dict[standard_component_specs.STATISTICS_KEY])
    statistics.split_names = examples.split_names
    statistics.span = examples.span
    files = {}
    for split in artifact_utils.decode_split_names(examples.split_names):
        folder = artifact_utils.get_split_uri([statistics], split)
        fileio.makedirs(folder)
        files[split] = f"{folder}/{STATISTICS_FILE}"
    return examples, files


def _order_columns(file: str, examples: list[str]) -> None:
    """Write the columns of a file of statistics in the order of the rows; a cluster combines them in any order."""
    first: list[str] = next((batch.schema.names for _, batch in decoded(examples, BATCH_ROWS)), [])
    found = tfdv.load_stats_binary(file)
    for dataset in found.datasets:
        columns = sorted(dataset.features, key=lambda column: _position(first, column.path.step[0]))
        del dataset.features[:]
        dataset.features.extend(columns)
    with fileio.open(file, "wb") as stream:
        stream.write(found.SerializeToString())


def _position(names: Sequence[str], name: str) -> tuple[int, str]:
    return (names.index(name), "") if name in names else (len(names), name)


def _options(exec_properties: dict[str, Any]) -> tfdv.StatsOptions:
    return value_counts.options(json.loads(exec_properties["categories"]))


def _statistics(files: list[str], options: tfdv.StatsOptions) -> statistics_pb2.DatasetFeatureStatisticsList:
    generators = statistics_generators(options)
    partial = [generator.create_accumulator() for generator in generators]
    for _, batch in decoded(files, BATCH_ROWS):
        partial = [
            generator.add_input(accumulator, batch) for generator, accumulator in zip(generators, partial, strict=True)
        ]
    return statistics_of(partial, generators)
