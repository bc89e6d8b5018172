"""The internals of TFMA, TFX-BSL and KerasTuner that we use are as we know them: one that changed fails by its name."""

import pytest

from tests.library_names import classes_of, overridden, require_parameters, resolved
from tests.pipeline.cli.command import PROJECT

pytestmark = pytest.mark.slow

PARAMETERS = (
    ("tensorflow_model_analysis.evaluators.metrics_validator.validate_metrics", "sliced_metrics eval_config"),
    (
        "tensorflow_model_analysis.writers.metrics_plots_and_validations_writer.CombineValidations.__init__",
        "self eval_config rubber_stamp",
    ),
    (
        "tensorflow_model_analysis.writers.metrics_plots_and_validations_writer.CombineValidations.add_input",
        "self result new_input",
    ),
    (
        "tensorflow_model_analysis.writers.metrics_plots_and_validations_writer.CombineValidations.create_accumulator",
        "self",
    ),
    (
        "tensorflow_model_analysis.writers.metrics_plots_and_validations_writer.CombineValidations.extract_output",
        "self accumulator",
    ),
    (
        "tensorflow_model_analysis.writers.metrics_plots_and_validations_writer.convert_slice_metrics_to_proto",
        "metrics add_metrics_callbacks",
    ),
    ("tensorflow_model_analysis.slicer.slicer_lib.slice_keys_to_numpy_array", "slice_keys"),
    ("tfx_bsl.coders.example_coder.ExamplesToRecordBatchDecoder.__init__", "self serialized_schema"),
    ("tfx_bsl.coders.example_coder.ExamplesToRecordBatchDecoder.DecodeBatch", "self examples"),
    (
        "keras_tuner.engine.base_tuner.BaseTuner.__init__",
        "self oracle hypermodel directory project_name overwrite kwargs",
    ),
    ("keras_tuner.engine.base_tuner.BaseTuner.run_trial", "self trial fit_args fit_kwargs"),
    ("keras_tuner.engine.base_tuner.BaseTuner.on_search_end", "self"),
    ("keras_tuner.oracles.HyperbandOracle._get_num_brackets", "self"),
    ("keras_tuner.oracles.HyperbandOracle._get_size", "self bracket_num round_num"),
    (
        "keras_tuner.oracles.HyperbandOracle.__init__",
        "self objective max_epochs factor hyperband_iterations seed hyperparameters allow_new_entries "
        "tune_new_entries max_retries_per_trial max_consecutive_failed_trials",
    ),
    (
        "keras_tuner.oracles.BayesianOptimizationOracle.__init__",
        "self objective max_trials num_initial_points alpha beta seed hyperparameters allow_new_entries "
        "tune_new_entries max_retries_per_trial max_consecutive_failed_trials",
    ),
    ("keras_tuner.oracles.RandomSearchOracle._random_values", "self"),
    ("keras_tuner.engine.oracle.Oracle._random_values", "self"),
)


@pytest.fixture(scope="module")
def internals():
    from modules import tfma_internals  # Keras 3 comes before what imports Keras
    from modules.families.neural import keras3

    assert keras3
    return tfma_internals


@pytest.mark.parametrize(("name", "parameters"), PARAMETERS, ids=[name for name, _ in PARAMETERS])
def test_function_takes_the_parameters_that_it_is_called_with(internals, name, parameters):
    require_parameters(name, parameters)


def test_stage_has_the_name_by_which_tfma_finds_it(internals):
    theirs = "tensorflow_model_analysis.extractors.unbatch_extractor.UNBATCH_EXTRACTOR_STAGE_NAME"
    assert resolved(theirs) == internals.UNBATCH_STAGE


def test_slice_keys_become_an_array_of_one_key_each(internals):
    found = internals.slice_keys_array([(), (("c", "x"),)])
    assert (found.shape, list(found)) == ((2,), [(), (("c", "x"),)])


def test_drawn_values_go_through_the_oracle_and_back(internals):
    class Theirs:
        def _random_values(self):
            return {"x": 1}

    class Ours(internals.SamplingParts, Theirs):
        def sampled_values(self):
            return {**super().sampled_values(), "y": 2}

    assert Ours()._random_values() == {"x": 1, "y": 2}


@pytest.mark.parametrize("oracle", ["RandomSearchOracle", "BayesianOptimizationOracle", "HyperbandOracle"])
def test_oracle_draws_by_the_method_that_ours_go_through(internals, oracle):
    import inspect

    theirs = resolved(f"keras_tuner.oracles.{oracle}")
    calls = [inspect.getsource(each) for each in theirs.__mro__ if each is not object]
    assert any("self._random_values()" in source for source in calls)
    require_parameters(f"keras_tuner.oracles.{oracle}._random_values", "self")


def test_brackets_are_counted_by_the_method_that_ours_go_through(internals):
    import inspect

    theirs = resolved("keras_tuner.oracles.HyperbandOracle")
    assert "self._get_num_brackets()" in inspect.getsource(theirs)


def test_parts_hide_no_name_of_a_class_that_they_are_put_before(internals):
    from modules import tuning

    oracles = (tuning._Random, tuning._Bayesian, tuning._Hyperband)
    hidden = [
        f"{oracle.__name__}.{name}"
        for oracle in oracles
        for part in (internals.SamplingParts, internals.BracketParts)
        for base in oracle.__mro__
        if base.__module__.startswith("keras_tuner")
        for name in vars(part)
        if not name.startswith("_") and name in vars(base)
    ]
    assert all(issubclass(oracle, internals.SamplingParts) for oracle in oracles)
    assert hidden == []


def test_private_methods_are_overridden_here_alone(internals):
    assert list(overridden(classes_of("modules", PROJECT), ("components", "modules"))) == []
