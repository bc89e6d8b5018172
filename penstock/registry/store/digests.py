"""Digests of experiments and versions, which their events contain: so a row that was edited is found."""

import hashlib
import json
from typing import Any

from penstock.registry.documents import Experiment, Version

# What an event of the row says again after each change.
_EXPERIMENT = {
    *("model_id", "name", "run", "state", "commit", "number", "metric", "description"),
    *("configuration", "data", "evaluations", "artifacts", "details"),
}
_VERSION = {
    *("model_id", "number", "folder", "digest", "experiment_id", "signature", "tags", "description", "stage"),
}


def experiment_digest(experiment: Experiment) -> str:
    """Return the SHA-256 of an experiment, without the times that the database sets."""
    return _sha256(experiment.model_dump(mode="json", include=_EXPERIMENT))


def version_digest(version: Version) -> str:
    """Return the SHA-256 of a version, without its aliases and the times that the database sets."""
    return _sha256(version.model_dump(mode="json", include=_VERSION))


def _sha256(values: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
