"""The private and undocumented names of TFMA, TFX-BSL and KerasTuner that we use; no other file may import them.

Public, and imported wherever it is needed, are the names at the top of `tensorflow_model_analysis`, of its documented
packages `metrics`, `extractors` and `utils` and of its protocol buffers, and those at the top of `keras_tuner`,
`keras_tuner.oracles` and `keras_tuner.errors`. `tests/library_names.py` lists it; everything else is internal. The
same for TFX, TFDV and TFT is in `components/tfx_internals.py`; modules use public names of TFT only.

A later version may change any of these names: `tests/modules/test_tfma_internals.py` names the one that changed.
Each function imports what it needs itself, so that a node loads only what it works with.
"""

from collections.abc import Iterable, Sequence
from typing import Any

# TFMA's evaluators find the stages of extractors by these names; a test compares them.
UNBATCH_STAGE = "ExtractUnbatchedInputs"


# TFMA.


def slice_keys_array(keys: Sequence[Any]) -> Any:
    """Return slice keys as the array that TFMA's evaluators take; a key is a tuple of tuples, which numpy unpacks."""
    from tensorflow_model_analysis.slicer import slicer_lib

    return slicer_lib.slice_keys_to_numpy_array(list(keys))


def slice_metrics_proto(key_and_metrics: tuple[Any, Any]) -> Any:
    """Return the metrics of a slice as TFMA writes them; its own writer takes a Beam pipeline."""
    from tensorflow_model_analysis.writers import metrics_plots_and_validations_writer as writer

    return writer.convert_slice_metrics_to_proto(key_and_metrics, [])


def validation_of(slices: Iterable[tuple[Any, Any]], config: Any) -> Any:
    """Return which thresholds pass, as TFMA decides for each slice and for all of them."""
    from tensorflow_model_analysis.evaluators import metrics_validator
    from tensorflow_model_analysis.writers import metrics_plots_and_validations_writer as writer

    combine = writer.CombineValidations(config)
    accumulator = combine.create_accumulator()
    for each in slices:
        accumulator = combine.add_input(accumulator, metrics_validator.validate_metrics(each, config))
    return combine.extract_output(accumulator)


def metric_key(config: Any, name: str, model: str, output: str) -> Any:
    """Return the key under which TFMA looks for a value: it is marked as weighted if the rows have weights."""
    from tensorflow_model_analysis import metrics

    weighted = {"example_weighted": True} if any(spec.example_weight_key for spec in config.model_specs) else {}
    return metrics.MetricKey(name=name, model_name=model, output_name=output, **weighted)


# TFX-BSL.


def decoded_examples(examples: Any) -> Any:
    """Return serialized examples as a record batch; the public reader of TFX-BSL takes a schema and files."""
    from tfx_bsl.coders.example_coder import ExamplesToRecordBatchDecoder

    return ExamplesToRecordBatchDecoder(None).DecodeBatch(examples)


# KerasTuner.


def base_tuner() -> Any:
    """Return KerasTuner's loop over trials, to derive from; `keras_tuner.Tuner` would build and save Keras models."""
    from keras_tuner.engine import base_tuner

    return base_tuner.BaseTuner


class SamplingParts:
    """Lets an oracle choose the values that KerasTuner samples at random; the oracle derives from both."""

    def sampled_values(self: Any) -> Any:
        """Return the values of a trial, by name."""
        return super()._random_values()  # type: ignore[misc]

    def _random_values(self) -> Any:
        return self.sampled_values()


class BracketParts:
    """Lets a HyperbandOracle choose how many brackets there are; the oracle derives from both."""

    def bracket_count(self: Any) -> int:
        """Return the number of brackets."""
        count: int = super()._get_num_brackets()  # type: ignore[misc]
        return count

    def trials_of(self: Any, bracket: int) -> int:
        """Return the number of trials of a bracket in all its rounds."""
        return sum(self._get_size(bracket, number) for number in range(bracket + 1))

    def _get_num_brackets(self) -> int:
        return self.bracket_count()
