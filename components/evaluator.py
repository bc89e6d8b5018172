"""Evaluator: TFX's, but the rows are scored and evaluated in this process if no Beam runner is configured."""

from typing import Any

import tensorflow_model_analysis as tfma
from tensorflow_model_analysis.proto import config_pb2
from tfx import types
from tfx.components.evaluator import component
from tfx.dsl.components.base import executor_spec
from tfx.types import artifact_utils, standard_component_specs

from components.artifact_files import with_models
from components.in_process import BATCH_ROWS, Artifacts, InProcessExecutor, split_files
from components.tfx_internals import executor_of, mark_blessed, parse_message, serving_model_folder
from modules.metrics import in_process

_SPLIT = "eval"
_EVALUATING = "modules.evaluation"


_TfxExecutor: Any = executor_of("evaluator")


class _Executor(InProcessExecutor, _TfxExecutor):
    """Evaluates the model, and the baseline if there is one, and blesses the model or not."""

    def Do(  # noqa: N802  TFX's name
        self, input_dict: Artifacts, output_dict: Artifacts, exec_properties: dict[str, Any]
    ) -> None:
        """Do the node's work, without a baseline if none was found."""
        super().Do(with_models(input_dict, standard_component_specs.BASELINE_MODEL_KEY), output_dict, exec_properties)

    def work(self, input_dict: Artifacts, output_dict: Artifacts, exec_properties: dict[str, Any]) -> None:
        """Write metrics and validation, then the blessing."""
        models = {
            key: input_dict[key][0]
            for key in (standard_component_specs.MODEL_KEY, standard_component_specs.BASELINE_MODEL_KEY)
            if input_dict.get(key)
        }
        holds = _evaluate(input_dict, models, exec_properties, output_dict)
        mark_blessed(
            artifact_utils.get_single_instance(output_dict[standard_component_specs.BLESSING_KEY]),
            models[standard_component_specs.MODEL_KEY],
            models.get(standard_component_specs.BASELINE_MODEL_KEY),
            holds=holds,
        )


class Evaluator(component.Evaluator):
    """Evaluates a model on the split `eval` by an EvalConfig, and compares it with the latest blessed one if given."""

    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(_Executor)

    def __init__(
        self,
        examples: types.BaseChannel,
        model: types.BaseChannel,
        baseline_model: types.BaseChannel | None,
        *,
        eval_config: config_pb2.EvalConfig,
        code: str = "",
    ) -> None:
        """Construct the node.

        Args:
            examples: The examples, with a split `eval`.
            model: The model.
            baseline_model: The model to compare with.
            eval_config: The metrics, slices and thresholds.
            code: A fingerprint of the code of the node, so that changed code runs again.
        """
        super().__init__(
            examples=examples,
            model=model,
            baseline_model=baseline_model,
            eval_config=eval_config,
            module_path=_EVALUATING,
        )
        # The flags of the executor are part of the cache key, and the component has no parameter for the fingerprint.
        self.executor_spec.add_extra_flags([f"--code={code}"])


def _evaluate(
    input_dict: Artifacts, models: dict[str, types.Artifact], exec_properties: dict[str, Any], output_dict: Artifacts
) -> bool:
    config = parse_message(exec_properties[standard_component_specs.EVAL_CONFIG_KEY], config_pb2.EvalConfig())
    baseline = models.get(standard_component_specs.BASELINE_MODEL_KEY)
    # Without a baseline the thresholds that compare with one pass, as in TFX's own Evaluator.
    config = tfma.utils.update_eval_config_with_defaults(config, has_baseline=baseline is not None, rubber_stamp=True)
    tfma.utils.verify_eval_config(config)
    model: Any = models[standard_component_specs.MODEL_KEY]
    places = {spec.name: baseline if baseline and spec.is_baseline else model for spec in config.model_specs}
    folders = {name: serving_model_folder(place.uri) for name, place in places.items()}
    examples = artifact_utils.get_single_instance(input_dict[standard_component_specs.EXAMPLES_KEY])
    metrics = in_process.evaluate(split_files(examples, _SPLIT), folders, config, batch_rows=BATCH_ROWS)
    target = artifact_utils.get_single_uri(output_dict[standard_component_specs.EVALUATION_KEY])
    return in_process.write(metrics, config, target, data=artifact_utils.get_split_uri([examples], _SPLIT))
