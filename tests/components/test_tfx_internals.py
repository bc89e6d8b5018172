"""The internals of TFX, TFDV and TFT that we use are as we know them: a version that changes one fails by its name."""

from pathlib import Path

import pytest

from components.in_memory_runner import IN_MEMORY_RUNNER
from tests.library_names import OF_V1, classes_of, overridden, require_parameters, resolved
from tests.pipeline.cli.command import PROJECT

pytestmark = pytest.mark.slow

_TOP_VALUES = (
    "tensorflow_data_validation.statistics.generators.top_k_uniques_sketch_stats_generator."
    "TopKUniquesSketchStatsGenerator"
)
PARAMETERS = (
    ("tfx.components.evaluator.executor.Executor.Do", "self input_dict output_dict exec_properties"),
    ("tfx.dsl.components.base.base_executor.BaseExecutor._log_startup", "self inputs outputs exec_properties"),
    ("tfx.dsl.components.base.base_executor.BaseExecutor._get_tmp_dir", "self"),
    ("tfx.dsl.components.base.base_beam_executor.BaseBeamExecutor._make_beam_pipeline", "self"),
    ("tfx.dsl.components.base.base_beam_executor.BaseBeamExecutor.__init__", "self context"),
    ("tfx.components.example_validator.executor.Executor._Validate", "self inputs outputs"),
    ("tfx.components.pusher.executor.Executor.CheckBlessing", "self input_dict"),
    ("tfx.components.pusher.executor.Executor.GetModelPath", "self input_dict"),
    ("tfx.components.pusher.executor.Executor._MarkPushed", "self model_push pushed_destination pushed_version"),
    ("tfx.components.pusher.executor.Executor._MarkNotPushed", "self model_push"),
    ("tfx.components.tuner.executor.search", "input_dict exec_properties working_dir print_tuning_summary"),
    ("tfx.components.tuner.executor.write_best_hyperparameters", "tuner output_dict"),
    ("tfx.components.example_gen.utils.make_default_input_config", "split_pattern"),
    ("tfx.components.util.examples_utils.set_payload_format", "examples payload_format"),
    ("tfx.components.util.examples_utils.set_file_format", "examples file_format"),
    (
        "tfx.components.util.tfxio_utils.get_split_tfxio",
        "examples split telemetry_descriptors schema read_as_raw_records raw_record_column_name",
    ),
    ("tfx.components.statistics_gen.stats_artifact_utils.load_statistics", "stats_artifact split"),
    (
        "tfx.components.example_gen.driver.FileBasedDriver.resolve_exec_properties",
        "self exec_properties pipeline_info component_info",
    ),
    (
        "tfx.components.example_gen.driver.FileBasedDriver.get_input_processor",
        "self splits range_config input_base_uri",
    ),
    ("tfx.components.example_gen.input_processor.InputProcessor.__init__", "self splits range_config"),
    (
        "tfx.components.example_gen.input_processor.InputProcessor.get_pattern_for_span_version",
        "self pattern span version",
    ),
    ("tfx.components.example_gen.input_processor.InputProcessor.get_latest_span", "self"),
    ("tfx.components.example_gen.input_processor.InputProcessor.get_input_fingerprint", "self span version"),
    (
        "tfx.components.example_gen.component.FileBasedExampleGen.__init__",
        "self input_base input_config output_config custom_config range_config output_data_format "
        "output_file_format custom_executor_spec",
    ),
    ("tfx.utils.io_utils.write_string_file", "file_name string_value"),
    ("tfx.utils.io_utils.write_pbtxt_file", "file_name proto"),
    ("tfx.utils.io_utils.copy_dir", "src dst allow_regex_patterns deny_regex_patterns"),
    ("tfx.utils.io_utils.all_files_pattern", "file_pattern"),
    ("tfx.utils.io_utils.get_only_uri_in_dir", "dir_path"),
    ("tfx.utils.io_utils.SchemaReader.read", "self schema_path"),
    ("tfx.utils.path_utils.serving_model_path", "output_uri is_old_artifact"),
    ("tfx.utils.proto_utils.json_to_proto", "json_str proto"),
    ("tfx.utils.json_utils.dumps", "obj"),
    ("tfx.utils.writer_utils.write_anomalies", "filepath anomalies"),
    ("tfx.dsl.compiler.compiler.Compiler.compile", "self tfx_pipeline parent_pipeline_ctx"),
    ("tfx.orchestration.portable.runtime_parameter_utils.substitute_runtime_parameter", "msg parameter_bindings"),
    (
        "tfx.orchestration.portable.partial_run_utils.mark_pipeline",
        "pipeline from_nodes to_nodes skip_nodes skip_snapshot_nodes snapshot_settings",
    ),
    ("tfx.orchestration.portable.partial_run_utils.set_base_pipeline_run_strategy", "snapshot_settings base_run_id"),
    ("tfx.orchestration.portable.partial_run_utils.set_latest_pipeline_run_strategy", "snapshot_settings"),
    ("tfx.orchestration.portable.partial_run_utils.latest_pipeline_snapshot_settings", ""),
    ("tfx.orchestration.local.local_dag_runner.LocalDagRunner.run_with_ir", "self pipeline run_options"),
    ("tfx.orchestration.beam.beam_dag_runner.BeamDagRunner.run_with_ir", "self pipeline run_options"),
    (
        "tfx.orchestration.experimental.interactive.interactive_context.InteractiveContext.__init__",
        "self pipeline_name pipeline_root metadata_connection_config beam_pipeline_args",
    ),
    (
        "tfx.orchestration.experimental.interactive.interactive_context.InteractiveContext.run.__wrapped__",
        "self component enable_cache beam_pipeline_args",
    ),
    (
        "tfx.orchestration.kubeflow.v2.kubeflow_v2_dag_runner.KubeflowV2DagRunner.__init__",
        "self config output_dir output_filename",
    ),
    (
        "tfx.orchestration.kubeflow.v2.kubeflow_v2_dag_runner.KubeflowV2DagRunner.run",
        "self pipeline parameter_values write_out",
    ),
    (
        "tfx.orchestration.kubeflow.v2.kubeflow_v2_dag_runner.KubeflowV2DagRunnerConfig.__init__",
        "self display_name default_image default_commands use_pipeline_spec_2_1 kwargs",
    ),
    (
        "tensorflow_data_validation.utils.quantiles_util.generate_equi_width_histogram",
        "quantiles cumulative_counts finite_min finite_max num_buckets num_pos_inf",
    ),
    ("tensorflow_data_validation.statistics.stats_impl.get_generators", "options in_memory"),
    ("tensorflow_data_validation.statistics.stats_impl.extract_statistics_output", "partial_stats stats_generators"),
    (
        f"{_TOP_VALUES}.__init__",
        "self name schema example_weight_map num_top_values num_rank_histogram_buckets frequency_threshold "
        "weighted_frequency_threshold num_misragries_buckets num_kmv_buckets store_output_in_custom_stats "
        "length_counter_sampling_rate",
    ),
    (
        f"{_TOP_VALUES}._should_run",
        "self feature_path feature_type",
    ),
    (
        "tensorflow_transform.impl_helper.analyze_in_place",
        "preprocessing_fn force_tf_compat_v1 feature_specs type_specs transform_output_path",
    ),
    ("tensorflow_transform.impl_helper.get_type_specs_from_feature_specs", "feature_specs ragged_sequence_features"),
    ("tensorflow_transform.tf_metadata.metadata_io.write_metadata", "metadata path"),
    ("tensorflow_transform.tf_metadata.schema_utils.schema_as_feature_spec", "schema_proto"),
)
CONSTANTS = (
    ("tfx.components.example_gen.utils.FINGERPRINT_PROPERTY_NAME", "FINGERPRINT_PROPERTY"),
    ("tfx.components.example_validator.executor.DEFAULT_FILE_NAME", "ANOMALIES_FILE"),
    ("tfx.components.schema_gen.executor.DEFAULT_FILE_NAME", "SCHEMA_FILE"),
    ("tfx.components.statistics_gen.executor.DEFAULT_FILE_NAME", "STATISTICS_FILE"),
)
# The components whose executor one of ours derives from.
EXECUTORS = (
    "evaluator",
    "example_gen.csv_example_gen",
    "example_validator",
    "pusher",
    "schema_gen",
    "statistics_gen",
    "transform",
    "tuner",
)
BASES = (
    ("file_based_example_gen", "tfx.dsl.components.base.base_beam_component.BaseBeamComponent"),
    ("file_based_driver", "tfx.dsl.components.base.base_driver.BaseDriver"),
    ("input_processor", "object"),
    (
        "top_values_generator",
        "tensorflow_data_validation.statistics.generators.stats_generator.CombinerStatsGenerator",
    ),
)
# What is read without a call.
NAMES = (
    "tfx.components.evaluator.constants.ARTIFACT_PROPERTY_BASELINE_MODEL_ID_KEY",
    "tfx.components.evaluator.constants.ARTIFACT_PROPERTY_BASELINE_MODEL_URI_KEY",
    "tfx.components.evaluator.constants.ARTIFACT_PROPERTY_BLESSED_KEY",
    "tfx.components.evaluator.constants.ARTIFACT_PROPERTY_CURRENT_MODEL_ID_KEY",
    "tfx.components.evaluator.constants.ARTIFACT_PROPERTY_CURRENT_MODEL_URI_KEY",
    "tfx.components.evaluator.constants.BLESSED_FILE_NAME",
    "tfx.components.evaluator.constants.BLESSED_VALUE",
    "tfx.components.evaluator.constants.NOT_BLESSED_FILE_NAME",
    "tfx.components.evaluator.constants.NOT_BLESSED_VALUE",
    "tfx.components.example_validator.labels.SCHEMA_DIFF_PATH",
    "tfx.dsl.compiler.constants.PIPELINE_RUN_ID_PARAMETER_NAME",
    "tfx.dsl.components.common.resolver.RESOLVER_STRATEGY_CLASS",
    "tensorflow_transform.TFTransformOutput.RAW_METADATA_DIR",
)


@pytest.fixture(scope="module")
def internals():
    from components import tfx_internals

    return tfx_internals


@pytest.mark.parametrize(("name", "parameters"), PARAMETERS, ids=[name for name, _ in PARAMETERS])
def test_function_takes_the_parameters_that_it_is_called_with(name, parameters):
    require_parameters(name, parameters)


@pytest.mark.parametrize("name", NAMES)
def test_constant_is_where_it_is_looked_for(name):
    resolved(name)


@pytest.mark.parametrize(("theirs", "ours"), CONSTANTS)
def test_constant_that_is_copied_has_the_value_of_its_library(internals, theirs, ours):
    assert getattr(internals, ours) == resolved(theirs)


@pytest.mark.parametrize("component", EXECUTORS)
def test_executor_is_a_class_with_the_parts_that_ours_rely_on(internals, component):
    base = internals.executor_of(component)
    assert issubclass(base, resolved("tfx.dsl.components.base.base_executor.BaseExecutor"))
    require_parameters(
        f"tfx.components.{component}.executor.Executor.Do", "self input_dict output_dict exec_properties"
    )
    assert {"_log_startup", "_get_tmp_dir"} <= set(dir(base))


@pytest.mark.parametrize(("function", "base"), BASES, ids=[name for name, _ in BASES])
def test_class_to_derive_from_is_of_the_kind_that_tfx_takes(internals, function, base):
    assert issubclass(getattr(internals, function)(), object if base == "object" else resolved(base))


def executor_with(arguments, folder):
    from components.statistics_gen import StatisticsGen

    executor = StatisticsGen.EXECUTOR_SPEC.executor_class
    context = executor.Context(beam_pipeline_args=arguments, tmp_dir=f"{folder}/", unique_id="1")
    made = executor(context)
    assert context.beam_pipeline_args == arguments
    return made


def test_parts_of_an_executor_are_those_that_it_was_made_with(tmp_path):
    made = executor_with(["--runner=x"], tmp_path)
    assert "--runner=x" in made.beam_arguments
    assert made.temporary_folder().startswith(str(tmp_path))
    [package] = [words for words in made.beam_arguments if words.startswith("--extra_package=")]
    assert Path(package.partition("=")[2]).is_file()


@pytest.mark.parametrize("memory", [True, False], ids=["named", "by default"])
def test_workers_in_this_process_get_no_package_of_tfx(tmp_path, memory):
    arguments = [f"--runner={IN_MEMORY_RUNNER}"] * memory + ["--direct_num_workers=1"]
    assert executor_with(arguments, tmp_path).beam_arguments == arguments
    assert executor_with([], tmp_path).beam_arguments == []


def test_range_of_a_column_is_divided_in_64_bits(internals, monkeypatch):
    import numpy as np
    from tensorflow_data_validation.utils import quantiles_util

    theirs = quantiles_util.generate_equi_width_histogram
    theirs = getattr(theirs, "__wrapped__", theirs)
    monkeypatch.setattr(quantiles_util, "generate_equi_width_histogram", theirs)
    least, most = np.float32(41.7), np.float32(42.1)
    for _ in range(2):
        internals.use_exact_histograms()
    histogram = quantiles_util.generate_equi_width_histogram(
        quantiles=np.array([least, most]),
        cumulative_counts=np.array([0, 7]),
        finite_min=least,
        finite_max=most,
        num_buckets=10,
        num_pos_inf=0,
    )
    ends = [bucket.high_value for bucket in histogram.buckets]
    assert ends == np.linspace(float(least), float(most), 11)[1:].tolist()


@pytest.mark.parametrize("module", OF_V1)
def test_name_that_is_imported_from_where_it_is_defined_is_that_of_the_public_module(module):
    exported, *names = OF_V1[module]
    assert names
    for name in names:
        assert resolved(f"{module}.{name}") is resolved(f"tfx.v1.{exported}.{name}")


def test_module_that_is_loaded_late_is_there(internals):
    from importlib.util import find_spec

    assert [name for name in internals.UNUSED if find_spec(name) is None] == []


def test_parts_hide_no_name_of_a_class_that_they_are_put_before(internals):
    parts = {value for name, value in vars(internals).items() if name.endswith("Parts")}
    hidden = [
        f"{each.__name__}.{name}"
        for each in classes_of("components", PROJECT)
        for part in parts & set(each.__mro__)
        for base in each.__mro__
        if base.__module__.split(".")[0] in ("tfx", "tensorflow_data_validation")
        for name in vars(part)
        if not name.startswith("_") and name in vars(base)
    ]
    assert parts
    assert hidden == []


def test_private_methods_are_overridden_here_alone():
    assert list(overridden(classes_of("components", PROJECT), ("components", "modules"))) == []


def test_private_method_that_is_overridden_elsewhere_is_found():
    base = resolved("tfx.components.example_validator.executor.Executor")
    planted = type("Planted", (base,), {"_Validate": lambda self, inputs, outputs: None, "__module__": "components.x"})
    assert list(overridden(iter([planted]), ("components",))) == ["components.x.Planted._Validate"]


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("tfx.utils.json_utils.dumps", "obj indent"),
        ("tfx.utils.json_utils.dump", "obj"),
        ("tfx.components.pusher.executor.Executor._MarkBlessed", "self"),
        ("tfx.utils.no_such_utils.dumps", "obj"),
    ],
)
def test_name_that_a_version_changes_fails_by_its_name(name, parameters):
    with pytest.raises(AssertionError, match=name):
        require_parameters(name, parameters)
