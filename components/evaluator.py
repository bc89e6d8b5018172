"""Evaluator: TFX's, with the rows scored and measured in this process where no Beam runner is named."""

from typing import Any

import tensorflow_model_analysis as tfma
from tfx import types
from tfx.components.evaluator import component, constants, executor
from tfx.dsl.components.base import executor_spec
from tfx.types import artifact_utils, standard_component_specs
from tfx.utils import io_utils, path_utils, proto_utils

from components.in_process import BATCH_ROWS, Artifacts, InProcessExecutor, split_files
from modules import evaluation

_SPLIT = "eval"
_EVALUATING = "modules.evaluating"


class _Executor(InProcessExecutor, executor.Executor):
    """Measures the model, and the baseline where there is one, and blesses the model or not."""

    def work(self, input_dict: Artifacts, output_dict: Artifacts, exec_properties: dict[str, Any]) -> None:
        """Write metrics and validation, then the blessing."""
        models = {
            key: input_dict[key][0]
            for key in (standard_component_specs.MODEL_KEY, standard_component_specs.BASELINE_MODEL_KEY)
            if input_dict.get(key)
        }
        holds = _evaluate(input_dict, models, exec_properties, output_dict)
        _bless(artifact_utils.get_single_instance(output_dict[standard_component_specs.BLESSING_KEY]), models, holds)


class Evaluator(component.Evaluator):
    """Measures a model on the whole split `eval` as an EvalConfig says, beside the latest blessed one if given."""

    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(_Executor)

    def __init__(
        self,
        examples: types.BaseChannel,
        model: types.BaseChannel,
        baseline_model: types.BaseChannel | None,
        *,
        eval_config: tfma.EvalConfig,
        code: str = "",
    ) -> None:
        """Construct the node.

        Args:
            examples: The examples, one split of which is `eval`.
            model: The model.
            baseline_model: The model to compare with.
            eval_config: What to measure and what must hold.
            code: A fingerprint of the code that the node runs, so that changed code runs again.
        """
        super().__init__(
            examples=examples,
            model=model,
            baseline_model=baseline_model,
            eval_config=eval_config,
            module_path=_EVALUATING,
        )
        # The executor's flags are in the cache key, and the component has no parameter that could hold it.
        self.executor_spec.add_extra_flags([f"--code={code}"])


def _evaluate(
    input_dict: Artifacts, models: dict[str, types.Artifact], exec_properties: dict[str, Any], output_dict: Artifacts
) -> bool:
    config = tfma.EvalConfig()
    proto_utils.json_to_proto(exec_properties[standard_component_specs.EVAL_CONFIG_KEY], config)
    baseline = models.get(standard_component_specs.BASELINE_MODEL_KEY)
    # Without a baseline there is nothing to be better than; TFX's own Evaluator lets a first model pass as well.
    config = tfma.utils.update_eval_config_with_defaults(config, has_baseline=baseline is not None, rubber_stamp=True)
    tfma.utils.verify_eval_config(config)
    model = models[standard_component_specs.MODEL_KEY]
    folders = {spec.name: _folder(baseline if spec.is_baseline else model) for spec in config.model_specs}
    examples = artifact_utils.get_single_instance(input_dict[standard_component_specs.EXAMPLES_KEY])
    metrics = evaluation.evaluate(split_files(examples, _SPLIT), folders, config, batch_rows=BATCH_ROWS)
    target = artifact_utils.get_single_uri(output_dict[standard_component_specs.EVALUATION_KEY])
    return evaluation.write(metrics, config, target, data=artifact_utils.get_split_uri([examples], _SPLIT))


def _folder(model: types.Artifact) -> str:
    folder: str = path_utils.serving_model_path(model.uri)
    return folder


def _bless(blessing: types.Artifact, models: dict[str, types.Artifact], holds: bool) -> None:
    """Say on the artifact and beside it whether the model may be pushed; Resolver and Pusher read it."""
    model = models[standard_component_specs.MODEL_KEY]
    baseline = models.get(standard_component_specs.BASELINE_MODEL_KEY)
    blessing.set_string_custom_property(constants.ARTIFACT_PROPERTY_CURRENT_MODEL_URI_KEY, model.uri)
    blessing.set_int_custom_property(constants.ARTIFACT_PROPERTY_CURRENT_MODEL_ID_KEY, model.id)
    if baseline:
        blessing.set_string_custom_property(constants.ARTIFACT_PROPERTY_BASELINE_MODEL_URI_KEY, baseline.uri)
        blessing.set_int_custom_property(constants.ARTIFACT_PROPERTY_BASELINE_MODEL_ID_KEY, baseline.id)
    value = constants.BLESSED_VALUE if holds else constants.NOT_BLESSED_VALUE
    blessing.set_int_custom_property(constants.ARTIFACT_PROPERTY_BLESSED_KEY, value)
    name = constants.BLESSED_FILE_NAME if holds else constants.NOT_BLESSED_FILE_NAME
    io_utils.write_string_file(f"{blessing.uri}/{name}", "")
