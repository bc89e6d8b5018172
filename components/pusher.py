"""Pusher: TFX's, with the statistics of the training data beside the model that it pushes."""

from typing import Any

from tfx import types
from tfx.dsl.components.base import base_component, executor_spec
from tfx.proto import pusher_pb2
from tfx.types import standard_artifacts, standard_component_specs
from tfx.types.component_spec import ChannelParameter

from components.tfx_internals import to_json
from components.versioned_push import VersionedPush


class _Spec(standard_component_specs.PusherSpec):
    """What TFX's Pusher takes, and the statistics."""

    INPUTS = {  # noqa: RUF012  as TFX declares it
        **standard_component_specs.PusherSpec.INPUTS,
        "statistics": ChannelParameter(type=standard_artifacts.ExampleStatistics),
    }


class Pusher(base_component.BaseComponent):
    """Pushes a blessed model as the next version of a folder."""

    SPEC_CLASS = _Spec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(VersionedPush)

    def __init__(
        self,
        model: types.BaseChannel,
        model_blessing: types.BaseChannel,
        statistics: types.BaseChannel,
        *,
        directory: str,
        custom_config: dict[str, Any],
    ) -> None:
        """Construct the node.

        Args:
            model: The model.
            model_blessing: Whether it may be pushed.
            statistics: Of the rows that it was trained on.
            directory: The folder of versions.
            custom_config: Holds the fingerprint of the code.
        """
        filesystem = pusher_pb2.PushDestination.Filesystem(base_directory=directory)
        super().__init__(
            _Spec(
                model=model,
                model_blessing=model_blessing,
                statistics=statistics,
                push_destination=pusher_pb2.PushDestination(filesystem=filesystem),
                custom_config=to_json(custom_config),
                pushed_model=types.Channel(type=standard_artifacts.PushedModel),
            )
        )
