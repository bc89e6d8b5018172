"""TFX components, one per file; ExampleGen is a folder with a file for each way of reading.

Shared parts: `artifacts` (the artifact types), `artifact_files` (reading and writing an artifact's files, here or in a
bucket), `in_process` (which work Beam does), `environments` (those of the schema), `value_counts` (counts in TFDV's
statistics), `pushed_statistics` (the statistics of the last pushed version), `candidate_server` (a prediction server of
a model), `thresholds` (their results in a verdict) and `tfx_internals` (private and undocumented names of TFX). Each is
a file of its own, because the fingerprint of a node is that of the files which it imports: after an edit only the nodes
run again that use it.
"""

from importlib import import_module
from typing import Any

import penstock  # noqa: F401  it stops Arrow from executing code in files that it reads
from penstock.core import artifact_types


def __getattr__(name: str) -> Any:
    """Return the class of an artifact type: in a container TFX imports it by the name of the type."""
    if f"{__name__}.{name}" not in artifact_types.NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("components.artifacts"), name)
