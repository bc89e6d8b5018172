"""What Kubeflow's launcher passes to a node, changed to what TFX's program for containers expects."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from penstock.core.places import LAUNCHER_FOLDERS

# The output for the log, which Kubeflow adds to those of each node.
_LOG = "executor-logs"

Json = dict[str, Any]


def without_log(given: Json) -> None:
    """Remove the output for the log: TFX does not know its type."""
    given["outputs"].get("artifacts", {}).pop(_LOG, None)


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


def local_path(uri: str) -> str:
    """Return the path in the container where the launcher puts an artifact, and from where it takes one."""
    scheme, separator, rest = uri.partition("://")
    return f"{LAUNCHER_FOLDERS[scheme]}/{rest}" if separator and scheme in LAUNCHER_FOLDERS else uri


def make_folders(given: Json) -> None:
    """Make the folder of each output artifact that has a path."""
    for _, artifact in _artifacts(given, "outputs"):
        if "://" not in artifact["uri"]:
            Path(artifact["uri"]).mkdir(parents=True, exist_ok=True)


def _artifacts(given: Json, side: str) -> Iterator[tuple[str, Json]]:
    for name, found in given.get(side, {}).get("artifacts", {}).items():
        for artifact in found.get("artifacts", []):
            yield name, artifact
