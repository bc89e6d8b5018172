"""Transform: TFX's, but the training rows are analyzed in this process if no Beam runner is configured.

Our `preprocessing_fn` has no analyzers if it is given their output, and a function without analyzers needs no Beam.
"""

import functools
import json
import os
from dataclasses import asdict
from typing import Any

from tfx import types
from tfx.components.transform import component
from tfx.dsl.components.base import executor_spec
from tfx.dsl.io import fileio
from tfx.proto import transform_pb2
from tfx.types import artifact_utils, standard_component_specs

from components.in_process import BATCH_ROWS, Artifacts, InProcessExecutor, split_files
from components.tfx_internals import executor_of, parsing_specs, read_schema, write_transform_graph
from modules.preprocessing import preprocessing_fn
from modules.transform.in_process import analyze
from penstock.core.features import FeatureSpec

_TRAIN = "train"
_TfxExecutor: Any = executor_of("transform")


class _Executor(InProcessExecutor, _TfxExecutor):
    """Writes the transform graph."""

    def work(self, input_dict: Artifacts, output_dict: Artifacts, exec_properties: dict[str, Any]) -> None:
        """Analyze the training rows, then write the graph that applies the analysis."""
        examples = artifact_utils.get_single_instance(input_dict[standard_component_specs.EXAMPLES_KEY])
        folder = artifact_utils.get_single_uri(input_dict[standard_component_specs.SCHEMA_KEY])
        _write(
            split_files(examples, _TRAIN),
            read_schema(folder),
            json.loads(exec_properties[standard_component_specs.CUSTOM_CONFIG_KEY]),
            artifact_utils.get_single_uri(output_dict[standard_component_specs.TRANSFORM_GRAPH_KEY]),
        )


class Transform(component.Transform):
    """Applies `modules.preprocessing` to the columns; analyzes the training split only, and writes the graph."""

    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(_Executor)

    def __init__(
        self, examples: types.BaseChannel, schema: types.BaseChannel, *, features: str, code: str = ""
    ) -> None:
        """Construct the node.

        Args:
            examples: The examples, with a split `train`.
            schema: The schema, for the types of the columns.
            features: The FeatureSpec as JSON.
            code: A fingerprint of the code of the node, so that changed code runs again.
        """
        super().__init__(
            examples=examples,
            schema=schema,
            preprocessing_fn="modules.preprocessing.preprocessing_fn",
            splits_config=transform_pb2.SplitsConfig(analyze=[_TRAIN]),
            materialize=False,
            disable_statistics=True,
            disable_analyzer_cache=True,
            custom_config={"features": features, "code": code},
        )


def _write(train_files: list[str], schema: Any, config: dict[str, Any], graph: str) -> None:
    """Write the files that TFTransformOutput reads: the graph, and the types of the columns before and after it."""
    work_folder = os.path.join(graph, ".learned")
    spec = FeatureSpec.from_json(config["features"])
    analyzed = analyze(train_files, parsing_specs(schema), spec, folder=work_folder, batch_rows=BATCH_ROWS)
    applied = functools.partial(preprocessing_fn, custom_config={**config, "analyzed": asdict(analyzed)})
    write_transform_graph(applied, schema, graph)
    if analyzed.vocabulary:
        fileio.rmtree(work_folder)
