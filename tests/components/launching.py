"""Runs a component's executor on artifacts in a folder, as a runner would."""

import sys
from pathlib import Path
from typing import Any

from components.in_memory_runner import IN_MEMORY_RUNNER

BEAM = [f"--runner={IN_MEMORY_RUNNER}"]


def artifact(kind: str, folder: Path, number: int = 0) -> Any:
    """Return an artifact of one of TFX's types, with an existing folder."""
    from tfx.types import standard_artifacts

    found = getattr(standard_artifacts, kind)()
    found.uri, found.id = str(folder), number
    folder.mkdir(parents=True, exist_ok=True)
    return found


def examples(folder: Path, splits: dict[str, list[bytes]], *, files: int = 1) -> Any:
    """Return an Examples artifact that holds the serialized rows of each split."""
    import tensorflow as tf
    from tfx.components.util import examples_utils
    from tfx.proto import example_gen_pb2
    from tfx.types import artifact_utils

    found = artifact("Examples", folder)
    found.split_names = artifact_utils.encode_split_names(list(splits))
    examples_utils.set_payload_format(found, example_gen_pb2.FORMAT_TF_EXAMPLE)
    examples_utils.set_file_format(found, "tfrecords_gzip")
    for split, rows in splits.items():
        (folder / f"Split-{split}").mkdir()
        for number in range(files):
            name = str(folder / f"Split-{split}" / f"data-{number:05}-of-{files:05}.gz")
            with tf.io.TFRecordWriter(name, options="GZIP") as writer:
                for row in rows[number::files]:
                    writer.write(row)
    return found


def channel(kind: str) -> Any:
    """Return a channel of artifacts of one of TFX's types."""
    from tfx.types import standard_artifacts
    from tfx.types.channel import Channel

    return Channel(type=getattr(standard_artifacts, kind))


def execute(node: Any, inputs: dict[str, Any], outputs: dict[str, Any], folder: Path, beam: list[str]) -> None:
    """Run a node's executor.

    Args:
        node: The component.
        inputs: An artifact for each input.
        outputs: An artifact for each output.
        folder: For what is temporary.
        beam: Beam's arguments.
    """
    kind = node.executor_spec.executor_class
    from tfx.dsl.components.base.base_beam_executor import BaseBeamExecutor

    arguments = {"beam_pipeline_args": list(beam)} if issubclass(kind, BaseBeamExecutor) else {}
    context = kind.Context(tmp_dir=str(folder / "temporary"), unique_id="1", **arguments)
    properties = {name: value for name, value in node.exec_properties.items() if value is not None}
    # Beam and absl read the command line, which here is pytest's.
    given, sys.argv = sys.argv, ["test"]
    try:
        kind(context).Do(*({name: [each] for name, each in part.items()} for part in (inputs, outputs)), properties)
    finally:
        sys.argv = given


def files_of(folder: Path) -> set[str]:
    """Return the files in a folder, by their paths in it."""
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}
