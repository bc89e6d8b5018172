"""Pusher: TFX's, but a pushed version includes the statistics of the training data, its certificate and golden rows."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tfx import types
from tfx.dsl.components.base import base_component, executor_spec
from tfx.dsl.io import fileio
from tfx.proto import pusher_pb2
from tfx.types import artifact_utils, standard_artifacts, standard_component_specs
from tfx.types.component_spec import ChannelParameter

from components import artifacts
from components.artifact_files import is_remote, local_input, read_bytes, read_split
from components.in_process import Artifacts
from components.tfx_internals import PusherParts, copy_folder, executor_of, parse_message, to_json
from components.version_folder import mirrored, numbers, save
from penstock.core.errors import NodeError
from penstock.versions import record as pushed_record
from penstock.versions.folders import exclusive_access, next_push, publish, record_push, replace, versions
from penstock.versions.record import CERTIFICATE, SERVING_FILES, STATISTICS, content_digest

_TfxExecutor: Any = executor_of("pusher")


class VersionedPush(PusherParts, _TfxExecutor):
    """Pushes a blessed model; a refused one does not change the destination."""

    def Do(self, input_dict: Artifacts, output_dict: Artifacts, exec_properties: dict[str, Any]) -> None:
        """Push the model if it is blessed.

        Args:
            input_dict: `model`, `model_blessing`, `statistics` of its training rows, and `certificate`.
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
            version = push_to(folder, directory, _additions(input_dict), origin)
        copy_folder(model, pushed.uri)
        self.mark_pushed(pushed, os.path.join(directory, str(version)), str(version))


def push_to(model: Path, directory: str, additions: Mapping[Path, bytes], origin: str) -> int:
    """Push `model` as a version in a folder on this machine or in a bucket, and return its number; see `push`.

    Raises:
        NodeError: The folder cannot be written.
    """
    import tensorflow as tf

    if not is_remote(directory):
        return push(model, Path(directory), additions, origin)
    try:
        with mirrored(directory) as mirror:
            before = versions(mirror)
            version = push(model, mirror, additions, origin, taken=numbers(directory))
            save(mirror, directory, version, new=version not in before)
            return version
    except tf.errors.OpError as error:
        raise _refusal(directory, error.message) from error


def push(
    model: Path,
    directory: Path,
    additions: Mapping[Path, bytes] = MappingProxyType({}),
    origin: str = "",
    taken: Sequence[int] = (),
) -> int:
    """Push `model` as a version in `directory` and return its number; if it was pushed before, its earlier number.

    An earlier version of the same model that is damaged is replaced.

    Args:
        model: The folder of the SavedModel.
        directory: The folder of versions.
        additions: The content of the files that the push adds, by their names in the version.
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
                    _restore(model, directory / str(version), additions)
                    record_push(directory / str(version), this)
                    return version
            version = max([*existing, *taken], default=0) + 1
            publish(model, directory / str(version), additions, this)
            return version
    except OSError as error:
        raise _refusal(str(directory), error.strerror or str(error)) from error


def _refusal(directory: str, reason: str) -> NodeError:
    return NodeError(f"push to {directory}", "a writable folder", reason, "change [push] directory")


def _additions(input_dict: Artifacts) -> dict[Path, bytes]:
    """Return the files that the push adds: the statistics of the split `train`, and those of the certificate."""
    found = {}
    if given := input_dict.get("statistics"):
        found[STATISTICS] = read_split(artifact_utils.get_single_instance(given), "train", "FeatureStats.pb")
    for each in input_dict.get("certificate", []):
        names = [name for name in SERVING_FILES if fileio.exists(f"{each.uri}/{name.name}")]
        found |= {name: read_bytes(each.uri, name.name) for name in names}
    return found


def _digest(version: Path) -> str:
    record = pushed_record.read(version)
    return content_digest(version) if record is None else record.digest


def _restore(model: Path, version: Path, additions: Mapping[Path, bytes]) -> None:
    """Replace a version that is damaged, or has no certificate although there is one."""
    found = pushed_record.read(version)
    recorded = found.files if found and found.files else {}
    if pushed_record.check(version) or (CERTIFICATE in additions and CERTIFICATE.as_posix() not in recorded):
        replace(model, version, additions)


class _Spec(standard_component_specs.PusherSpec):
    """The inputs of TFX's Pusher, the statistics and the certificate."""

    INPUTS = {  # noqa: RUF012  as TFX declares it
        **standard_component_specs.PusherSpec.INPUTS,
        "statistics": ChannelParameter(type=standard_artifacts.ExampleStatistics),
        "certificate": ChannelParameter(type=artifacts.ServingCertificate),
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
        certificate: types.BaseChannel,
        *,
        directory: str,
        custom_config: dict[str, Any],
    ) -> None:
        """Construct the node.

        Args:
            model: The model.
            model_blessing: Whether it may be pushed.
            statistics: The statistics of its training rows.
            certificate: The certificate of ServingValidator.
            directory: The folder of versions.
            custom_config: The fingerprint of the code.
        """
        filesystem = pusher_pb2.PushDestination.Filesystem(base_directory=directory)
        super().__init__(
            _Spec(
                model=model,
                model_blessing=model_blessing,
                statistics=statistics,
                certificate=certificate,
                push_destination=pusher_pb2.PushDestination(filesystem=filesystem),
                custom_config=to_json(custom_config),
                pushed_model=types.Channel(type=standard_artifacts.PushedModel),
            )
        )
