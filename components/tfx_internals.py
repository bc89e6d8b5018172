"""The private and undocumented names of TFX, TFDV and TFT that we use; no other file may import them.

Public, and imported wherever it is needed, is what `tfx.v1` exports (from the module that defines it, because `tfx.v1`
imports every component), `tfx.types`, `tfx.proto`, the base classes of components and executors, the decorators of
function components, and the names at the top of `tensorflow_data_validation` and `tensorflow_transform` and of their
documented packages. `tests/library_names.py` lists it; everything else is internal. The same for TFMA, TFX-BSL and
KerasTuner is in `modules/tfma_internals.py`.

A later version may change any of these names: `tests/components/test_tfx_internals.py` names the one that changed.
Each function imports what it needs itself, so that a node loads only what it works with.
"""

from collections.abc import Callable, Sequence
from copy import copy
from functools import wraps
from importlib import import_module
from typing import Any

from components.in_memory_runner import runs_here, use_in_memory_runner

# The executors' constants of these names are in modules that take a second to import; a test compares them.
SCHEMA_FILE = "schema.pbtxt"
STATISTICS_FILE = "FeatureStats.pb"
ANOMALIES_FILE = "SchemaDiff.pb"
FINGERPRINT_PROPERTY = "input_fingerprint"

# TFX imports each of its components with any of them, and InfraValidator has Kubernetes' client with it: 23 MB, 0.3 s.
UNUSED = ("tfx.components.infra_validator.model_server_runners.kubernetes_runner",)


class ExecutorParts:
    """The private parts of TFX's executors under names without an underscore; an executor derives from both."""

    def __init__(self: Any, context: Any = None) -> None:
        """Take the context of a run.

        TFX packs its installation for the workers of a Beam runner. Those of the in-memory runner do not unpack it:
        they import what is installed here. Without the package a node on that runner takes a second less.
        """
        arguments = list(getattr(context, "beam_pipeline_args", None) or ())
        if not arguments or not runs_here(arguments):
            super().__init__(context)  # type: ignore[call-arg]  # that of TFX's executor
            return
        without = copy(context)
        without.beam_pipeline_args = None
        super().__init__(without)  # type: ignore[call-arg]
        self._beam_pipeline_args = arguments

    @property
    def beam_arguments(self: Any) -> list[str]:
        """The arguments for Beam."""
        return list(self._beam_pipeline_args)

    def log_start(self: Any, inputs: Any, outputs: Any, exec_properties: dict[str, Any]) -> None:
        """Log the inputs of the node."""
        self._log_startup(inputs, outputs, exec_properties)

    def beam_pipeline(self: Any) -> Any:
        """Return a Beam pipeline with the Beam arguments of the node."""
        return self._make_beam_pipeline()

    def temporary_folder(self: Any) -> str:
        """Return the folder for temporary files."""
        return str(self._get_tmp_dir())


class ValidatorParts:
    """Lets an executor of ExampleValidator compute the anomalies of a split, and writes them as TFX does.

    TFX's own executor has no setting for the environment of the schema.
    """

    def anomalies(self, statistics: Any, schema: Any) -> Any:
        """Return the anomalies of a split."""
        raise NotImplementedError

    def _Validate(self, inputs: dict[str, Any], outputs: dict[str, Any]) -> Any:  # noqa: N802  TFX's name
        from tfx.components.example_validator import labels
        from tfx.types import standard_component_specs as keys
        from tfx.utils import writer_utils

        found = self.anomalies(inputs[keys.STATISTICS_KEY], inputs[keys.SCHEMA_KEY])
        writer_utils.write_anomalies(f"{outputs[labels.SCHEMA_DIFF_PATH]}/{ANOMALIES_FILE}", found)
        return found


class PusherParts:
    """The parts of TFX's Pusher that check the model, and record the result on the artifact."""

    def blessed(self: Any, inputs: dict[str, Any]) -> bool:
        """Say whether the model may be pushed."""
        return bool(self.CheckBlessing(inputs))

    def model_folder(self: Any, inputs: dict[str, Any]) -> str:
        """Return the folder of the SavedModel."""
        return str(self.GetModelPath(inputs))

    def mark_pushed(self: Any, pushed: Any, destination: str, version: str) -> None:
        """Record the destination of the model."""
        self._MarkPushed(pushed, destination, version)

    def mark_not_pushed(self: Any, pushed: Any) -> None:
        """Record that the model was not pushed."""
        self._MarkNotPushed(pushed)


class CounterParts:
    """Lets a generator of top values choose the columns that it counts; TFDV's counts text only."""

    def counts(self, feature_path: Any, feature_type: int | None) -> bool:
        """Say whether the values of a column are counted."""
        raise NotImplementedError

    def _should_run(self, feature_path: Any, feature_type: int | None) -> bool:
        return self.counts(feature_path, feature_type)


# Classes to derive from.


def executor_of(component: str, name: str = "Executor") -> Any:
    """Return the class of a component's executor, such as that of `pusher` or `example_gen.csv_example_gen`."""
    return getattr(import_module(f"tfx.components.{component}.executor"), name)


def file_based_example_gen() -> Any:
    """Return the component that CsvExampleGen and ImportExampleGen derive from."""
    from tfx.components.example_gen import component

    return component.FileBasedExampleGen


def file_based_driver() -> Any:
    """Return the driver of a FileBasedExampleGen: ours looks up the cache by the content of the source."""
    from tfx.components.example_gen import driver

    return driver.FileBasedDriver


def input_processor() -> Any:
    """Return the class that identifies the input of a FileBasedExampleGen."""
    from tfx.components.example_gen import input_processor

    return input_processor.InputProcessor


def base_driver() -> Any:
    """Return the base class of drivers."""
    from tfx.dsl.components.base import base_driver

    return base_driver.BaseDriver


def top_values_generator() -> Any:
    """Return TFDV's generator of top values and their counts: it uses a sketch of bounded size."""
    from tensorflow_data_validation.statistics.generators import top_k_uniques_sketch_stats_generator

    return top_k_uniques_sketch_stats_generator.TopKUniquesSketchStatsGenerator


# Artifacts and their files.


def files_pattern(folder: str) -> str:
    """Return the pattern of a folder's files, without those that a writer has not finished."""
    from tfx.utils import io_utils

    return str(io_utils.all_files_pattern(folder))


def copy_folder(source: str, target: str) -> None:
    """Copy a folder, on whatever file systems the two are."""
    from tfx.utils import io_utils

    io_utils.copy_dir(source, target)


def read_schema(folder: str) -> Any:
    """Return the schema that is the one file of a folder."""
    from tfx.utils import io_utils

    return io_utils.SchemaReader().read(io_utils.get_only_uri_in_dir(folder))


def write_proto_text(file: str, message: Any) -> None:
    """Write a protocol buffer as text."""
    from tfx.utils import io_utils

    io_utils.write_pbtxt_file(file, message)


def serving_model_folder(uri: str) -> str:
    """Return the folder of the SavedModel in the artifact of a model."""
    from tfx.utils import path_utils

    return str(path_utils.serving_model_path(uri))


def load_statistics(artifact: Any, split: str) -> Any:
    """Return the statistics of a split."""
    from tfx.components.statistics_gen import stats_artifact_utils

    return stats_artifact_utils.load_statistics(artifact, split).proto()


def mark_as_examples(artifact: Any) -> None:
    """Record that an artifact has tf.Examples in gzipped TFRecord files, which readers of examples check."""
    from tfx.components.util import examples_utils
    from tfx.proto import example_gen_pb2

    examples_utils.set_payload_format(artifact, example_gen_pb2.FORMAT_TF_EXAMPLE)
    examples_utils.set_file_format(artifact, "tfrecords_gzip")


def mark_blessed(blessing: Any, model: Any, baseline: Any, *, holds: bool) -> None:
    """Write on the artifact and as a file in it whether the model may be pushed; Resolver and Pusher read it."""
    from tfx.components.evaluator import constants
    from tfx.utils import io_utils

    blessing.set_string_custom_property(constants.ARTIFACT_PROPERTY_CURRENT_MODEL_URI_KEY, model.uri)
    blessing.set_int_custom_property(constants.ARTIFACT_PROPERTY_CURRENT_MODEL_ID_KEY, model.id)
    if baseline:
        blessing.set_string_custom_property(constants.ARTIFACT_PROPERTY_BASELINE_MODEL_URI_KEY, baseline.uri)
        blessing.set_int_custom_property(constants.ARTIFACT_PROPERTY_BASELINE_MODEL_ID_KEY, baseline.id)
    blessed, not_blessed = constants.BLESSED_VALUE, constants.NOT_BLESSED_VALUE
    blessing.set_int_custom_property(constants.ARTIFACT_PROPERTY_BLESSED_KEY, blessed if holds else not_blessed)
    name = constants.BLESSED_FILE_NAME if holds else constants.NOT_BLESSED_FILE_NAME
    io_utils.write_string_file(f"{blessing.uri}/{name}", "")


def is_blessed(blessing: Any) -> bool:
    """Say whether the artifact of a blessing allows the push of the model."""
    from tfx.components.evaluator import constants

    return bool(blessing.get_int_custom_property(constants.ARTIFACT_PROPERTY_BLESSED_KEY) == constants.BLESSED_VALUE)


# Arguments of components.


def to_json(value: Any) -> str:
    """Return a value as the JSON in which TFX passes a dict to a component."""
    from tfx.utils import json_utils

    return str(json_utils.dumps(value))


def parse_message(text: str, message: Any) -> Any:
    """Return a protocol buffer of the type of `message`, parsed from the JSON in which TFX passes one."""
    from tfx.utils import proto_utils

    proto_utils.json_to_proto(text, message)
    return message


def default_input_config(pattern: str) -> Any:
    """Return the input configuration for one pattern of files."""
    from tfx.components.example_gen import utils

    return utils.make_default_input_config(pattern)


# Work of nodes.


def statistics_generators(options: Any) -> list[Any]:
    """Return TFDV's generators for options, to run in this process: its public functions need a Beam pipeline."""
    from tensorflow_data_validation.statistics import stats_impl

    return list(stats_impl.get_generators(options, in_memory=True))


def statistics_of(partial: Sequence[Any], generators: Sequence[Any]) -> Any:
    """Return the statistics from the accumulators of generators."""
    from tensorflow_data_validation.statistics import stats_impl

    use_exact_histograms()
    return stats_impl.extract_statistics_output(list(partial), list(generators))


def use_exact_histograms() -> None:
    """Let TFDV divide the range of a column in 64 bits, as NumPy 1 does (TFX 1.16); NumPy 2 (TFX 1.21) takes its 32."""
    from tensorflow_data_validation.utils import quantiles_util

    theirs = quantiles_util.generate_equi_width_histogram
    if not hasattr(theirs, "__wrapped__"):
        quantiles_util.generate_equi_width_histogram = wraps(theirs)(
            lambda **given: theirs(**given | {name: float(given[name]) for name in ("finite_min", "finite_max")})
        )


def beam_source(examples: Any, split: str, name: str) -> Any:
    """Return a Beam source of the examples of a split as record batches."""
    from tfx.components.util import tfxio_utils

    return tfxio_utils.get_split_tfxio([examples], split, telemetry_descriptors=[name]).BeamSource()


def parsing_specs(schema: Any) -> dict[str, Any]:
    """Return the parsing specification of each column of a schema, for tf.io.parse_example."""
    from tensorflow_transform.tf_metadata import schema_utils

    return dict(schema_utils.schema_as_feature_spec(schema).feature_spec)


def write_transform_graph(preprocessing_fn: Callable[..., Any], schema: Any, folder: str) -> None:
    """Write the files that TFTransformOutput reads, for a function without analyzers; TFT's own needs Beam."""
    import tensorflow_transform as tft
    from tensorflow_transform import impl_helper
    from tensorflow_transform.tf_metadata import metadata_io

    raw = parsing_specs(schema)
    metadata_io.write_metadata(tft.DatasetMetadata(schema), f"{folder}/{tft.TFTransformOutput.RAW_METADATA_DIR}")
    impl_helper.analyze_in_place(
        preprocessing_fn, False, raw, impl_helper.get_type_specs_from_feature_specs(raw), folder
    )


def search(inputs: dict[str, Any], exec_properties: dict[str, Any], outputs: dict[str, Any], folder: str) -> Any:
    """Search as TFX's Tuner does, write the best settings, and return the tuner."""
    from tfx.components.tuner import executor

    tuner = executor.search(inputs, exec_properties, folder, print_tuning_summary=False)
    executor.write_best_hyperparameters(tuner, outputs)
    return tuner


# Running and compiling the pipeline.


def compiled(pipeline: Any, run_id: str) -> Any:
    """Return TFX's intermediate representation of a run: what is run in part is marked in it."""
    from tfx.dsl.compiler import compiler, constants
    from tfx.orchestration.portable import runtime_parameter_utils

    ir = compiler.Compiler().compile(pipeline)
    runtime_parameter_utils.substitute_runtime_parameter(ir, {constants.PIPELINE_RUN_ID_PARAMETER_NAME: run_id})
    return ir


def mark_partial(ir: Any, from_nodes: Sequence[str], to_node: str | None, base_run: str | None) -> None:
    """Mark which nodes run, and that the others are reused: from `base_run`, or from the latest run where it is None.

    TFX's own `partial_run` compiles once more, and takes nodes as patterns.
    """
    from tfx.orchestration.portable import partial_run_utils

    settings = type(partial_run_utils.latest_pipeline_snapshot_settings())()
    if base_run is None:
        partial_run_utils.set_latest_pipeline_run_strategy(settings)
    else:
        partial_run_utils.set_base_pipeline_run_strategy(settings, base_run)
    first, last = list(from_nodes) or None, [to_node] if to_node else None
    partial_run_utils.mark_pipeline(ir, from_nodes=first, to_nodes=last, snapshot_settings=settings)


def run_locally(ir: Any) -> None:
    """Run a compiled pipeline in this process; TFX documents only the run of one that is not compiled."""
    from tfx.orchestration.local.local_dag_runner import LocalDagRunner

    use_in_memory_runner()
    LocalDagRunner().run_with_ir(ir)


def run_on_beam(ir: Any) -> None:
    """Run the nodes of a compiled pipeline as the steps of a Beam pipeline."""
    from tfx.orchestration.beam.beam_dag_runner import BeamDagRunner

    use_in_memory_runner()
    BeamDagRunner().run_with_ir(ir)


def interactive_context(name: str, root: str, connection: Any, beam_arguments: list[str]) -> Any:
    """Return TFX's context for notebooks."""
    from tfx.orchestration.experimental.interactive.interactive_context import InteractiveContext

    return InteractiveContext(
        pipeline_name=name, pipeline_root=root, metadata_connection_config=connection, beam_pipeline_args=beam_arguments
    )


def run_in_context(context: Any, component: Any) -> Any:
    """Run a component in a context for notebooks, cached results aside."""
    # `run` does nothing, silently, outside of IPython; what it wraps works anywhere.
    return context.run.__wrapped__(context, component, enable_cache=False)


def kubeflow_job(pipeline: Any, image: str, *, version_2_1: bool) -> dict[str, Any]:
    """Return a pipeline as a job for KFP v2, without the file that the runner would write."""
    from tfx.orchestration.kubeflow.v2.kubeflow_v2_dag_runner import KubeflowV2DagRunner, KubeflowV2DagRunnerConfig

    runner = KubeflowV2DagRunner(KubeflowV2DagRunnerConfig(default_image=image, use_pipeline_spec_2_1=version_2_1))
    return dict(runner.run(pipeline, write_out=False))


def resolver_strategy(node: Any) -> Any:
    """Return the class of the strategy of a Resolver node."""
    from tfx.dsl.components.common import resolver

    return node.exec_properties[resolver.RESOLVER_STRATEGY_CLASS]
