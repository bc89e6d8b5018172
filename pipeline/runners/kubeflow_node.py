"""Runs a node in a container of Kubeflow: `python -m pipeline.runners.kubeflow_node MODULE ARGUMENTS`.

MODULE is TFX's program for containers, which was written for Vertex AI. The launcher of Kubeflow differs in four ways:

- It passes input artifacts without their types. TFX has them in another argument.
- It adds an output for the log, of a type that TFX does not know.
- It copies artifacts between the bucket and the folders `/gcs`, `/s3` and `/minio` of the container. The node works in
  these folders: TensorFlow cannot read `minio://`, and only the launcher has the credentials of the bucket.
- It makes no folder for an artifact.
"""

import json
import runpy
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from penstock.core.files import atomic_file
from pipeline.runners.executor_input import add_types, make_folders, use_local_paths, without_log

EXECUTOR_INPUT = "--json_serialized_invocation_args"
INPUTS_SPEC = "--json_serialized_inputs_spec_args"
_RUNNER = "--runner="


def main(words: Sequence[str]) -> None:
    """Run TFX's program with the arguments that it expects, and give what it reports the URIs of the artifacts."""
    module, *arguments = words
    given = json.loads(_value(arguments, EXECUTOR_INPUT))
    without_log(given)
    add_types(given, json.loads(_value(arguments, INPUTS_SPEC)))
    # The workers of a Beam runner do not see the folders of this container.
    uris = {} if any(word.startswith(_RUNNER) for word in arguments) else use_local_paths(given)
    make_folders(given)
    arguments[arguments.index(EXECUTOR_INPUT) + 1] = json.dumps(given)
    sys.argv = [module, *arguments]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        if ended.code:
            raise
    report_uris(Path(given["outputs"]["outputFile"]), uris)


def report_uris(file: Path, uris: Mapping[str, str]) -> None:
    """Write the URIs of artifacts in place of their paths into the file that TFX wrote for the launcher."""
    with atomic_file(file) as temporary:
        temporary.write_text(json.dumps(_with_uris(json.loads(file.read_text()), uris)))


def _with_uris(value: Any, uris: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _with_uris(each, uris) for key, each in value.items()}
    if isinstance(value, list):
        return [_with_uris(each, uris) for each in value]
    if isinstance(value, str):
        for path, uri in uris.items():
            if value == path or value.startswith(f"{path}/"):
                return uri + value.removeprefix(path)
    return value


def _value(arguments: Sequence[str], name: str) -> str:
    return arguments[arguments.index(name) + 1]


if __name__ == "__main__":
    main(sys.argv[1:])
