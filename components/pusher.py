"""Pusher: TFX's, but a pushed version includes the statistics of the training data."""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tfx import types
from tfx.dsl.components.base import base_component, executor_spec
from tfx.proto import pusher_pb2
from tfx.types import artifact_utils, standard_artifacts, standard_component_specs
from tfx.types.component_spec import ChannelParameter

from components.artifact_files import is_remote, local_input, read_split
from components.in_process import Artifacts
from components.tfx_internals import PusherParts, copy_folder, executor_of, parse_message, to_json
from components.version_folder import mirrored, numbers, save
from penstock.core.errors import NodeError
from penstock.versions import record as pushed_record
from penstock.versions.folders import exclusive_access, next_push, publish, record_push, replace, versions
from penstock.versions.record import content_digest

_TfxExecutor: Any = executor_of("pusher")


class VersionedPush(PusherParts, _TfxExecutor):
    """Pushes a blessed model; a refused one does not change the destination."""

    def Do(self, input_dict: Artifacts, output_dict: Artifacts, exec_properties: dict[str, Any]) -> None:
        """Push the model if it is blessed.

        Args:
            input_dict: `model`, `model_blessing`, and `statistics` of its training rows.
            output_dict: `pushed_model`: gets a copy of the model, and the properties of TFX's Pusher.
            exec_properties: `push_destination`, a JSON PushDestination with a filesystem.
        """
        pushed = artifact_utils.get_single_instance(output_dict["pushed_model"])
        if not self.blessed(input_dict):
            self.mark_not_pushed(pushed)
            return
        destination = parse_message(exec_properties["push_destination"], pusher_pb2.PushDestination())
        directory = destination.filesystem.base_directory
        model = self.model_folder(input_dict)
        with local_input(model) as folder:
            origin = artifact_utils.get_single_uri(input_dict["model"])
            version = push_to(folder, directory, _training_statistics(input_dict), origin)
        copy_folder(model, pushed.uri)
        self.mark_pushed(pushed, os.path.join(directory, str(version)), str(version))


def push_to(model: Path, directory: str, statistics: bytes | None, origin: str) -> int:
    """Push `model` as a version in a folder on this machine or in a bucket, and return its number; see `push`.

    Raises:
        NodeError: The folder cannot be written.
    """
    import tensorflow as tf

    if not is_remote(directory):
        return push(model, Path(directory), statistics, origin)
    try:
        with mirrored(directory) as mirror:
            before = versions(mirror)
            version = push(model, mirror, statistics, origin, taken=numbers(directory))
            save(mirror, directory, version, new=version not in before)
            return version
    except tf.errors.OpError as error:
        raise _refusal(directory, error.message) from error


def push(
    model: Path, directory: Path, statistics: bytes | None = None, origin: str = "", taken: Sequence[int] = ()
) -> int:
    """Push `model` as a version in `directory` and return its number; if it was pushed before, its earlier number.

    An earlier version of the same model that is damaged is replaced.

    Args:
        model: The folder of the SavedModel.
        directory: The folder of versions.
        statistics: The statistics of the training rows, which the version includes.
        origin: The address of the model's artifact. If another artifact has the same content, its version is the
            latest again, as its artifact is for TFX's Resolver.
        taken: Numbers that are not used for a new version.

    Raises:
        NodeError: The folder cannot be written.
    """
    try:
        with exclusive_access(directory):
            digest = content_digest(model)
            existing = versions(directory)
            this = next_push(directory, hashlib.sha256(origin.encode()).hexdigest())
            for version in existing:
                if _digest(directory / str(version)) == digest:
                    _restore(model, directory / str(version), statistics)
                    record_push(directory / str(version), this)
                    return version
            version = max([*existing, *taken], default=0) + 1
            publish(model, directory / str(version), statistics, this)
            return version
    except OSError as error:
        raise _refusal(str(directory), error.strerror or str(error)) from error


def _refusal(directory: str, reason: str) -> NodeError:
    return NodeError(f"push to {directory}", "a writable folder", reason, "change [push] directory")


def _training_statistics(input_dict: Artifacts) -> bytes | None:
    """Return the statistics of the split `train`, or None if the node has no such input."""
    artifacts = input_dict.get("statistics")
    return read_split(artifact_utils.get_single_instance(artifacts), "train", "FeatureStats.pb") if artifacts else None


def _digest(version: Path) -> str:
    record = pushed_record.read(version)
    return content_digest(version) if record is None else record.digest


def _restore(model: Path, version: Path, statistics: bytes | None) -> None:
    if pushed_record.check(version):
        replace(model, version, statistics)


class _Spec(standard_component_specs.PusherSpec):
    """The inputs of TFX's Pusher, and the statistics."""

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
            statistics: The statistics of its training rows.
            directory: The folder of versions.
            custom_config: The fingerprint of the code.
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
