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
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from penstock.core.files import atomic_file

EXECUTOR_INPUT = "--json_serialized_invocation_args"
INPUTS_SPEC = "--json_serialized_inputs_spec_args"
_LOG = "executor-logs"
_FOLDERS = {"gs": "/gcs", "s3": "/s3", "minio": "/minio"}
_RUNNER = "--runner="

Json = dict[str, Any]


def main(words: Sequence[str]) -> None:
    """Run TFX's program with the arguments that it expects, and give what it reports the URIs of the artifacts."""
    module, *arguments = words
    given: Json = json.loads(_value(arguments, EXECUTOR_INPUT))
    given["outputs"].get("artifacts", {}).pop(_LOG, None)
    add_types(given, json.loads(_value(arguments, INPUTS_SPEC)))
    # The workers of a Beam runner do not see the folders of this container.
    uris = {} if any(word.startswith(_RUNNER) for word in arguments) else use_local_paths(given)
    if uris:
        make_folders(given)
    arguments[arguments.index(EXECUTOR_INPUT) + 1] = json.dumps(given)
    sys.argv = [module, *arguments]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        if ended.code:
            raise
    report_uris(Path(given["outputs"]["outputFile"]), uris)


def add_types(given: Json, spec: Json) -> None:
    """Give each input artifact the type that the specification of the inputs has, in place of an empty one."""
    for name, artifact in _artifacts(given, "inputs"):
        if not any(artifact.get("type", {}).values()):
            artifact["type"] = spec["artifacts"][name]["artifactType"]


def use_local_paths(given: Json) -> dict[str, str]:
    """Give each artifact its path in the container in place of its URI, and return the URIs by path."""
    uris = {}
    for side in ("inputs", "outputs"):
        for _, artifact in _artifacts(given, side):
            uri = artifact["uri"]
            artifact["uri"] = path = local_path(uri)
            if path != uri:
                uris[path] = uri
    return uris


def make_folders(given: Json) -> None:
    """Make the folder of each output artifact."""
    for _, artifact in _artifacts(given, "outputs"):
        Path(artifact["uri"]).mkdir(parents=True, exist_ok=True)


def local_path(uri: str) -> str:
    """Return the path in the container where the launcher puts an artifact, and from where it takes one."""
    scheme, separator, rest = uri.partition("://")
    return f"{_FOLDERS[scheme]}/{rest}" if separator and scheme in _FOLDERS else uri


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


def _artifacts(given: Json, side: str) -> Iterator[tuple[str, Json]]:
    for name, found in given.get(side, {}).get("artifacts", {}).items():
        for artifact in found.get("artifacts", []):
            yield name, artifact


def _value(arguments: Sequence[str], name: str) -> str:
    return arguments[arguments.index(name) + 1]


if __name__ == "__main__":
    main(sys.argv[1:])
