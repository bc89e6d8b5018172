"""The experiment and the version of a run, from its start, its record in ML Metadata and its pushed files."""

import hashlib
import json
import platform
import socket
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from penstock.config.config import Config
from penstock.core.commit import commit_of
from penstock.core.documents.certificate import Certificate
from penstock.core.documents.verdict import Verdict
from penstock.core.errors import PenstockError
from penstock.core.machine import user_name
from penstock.core.packages import PACKAGES, installed_packages
from penstock.core.urls import mask_password
from penstock.metadata.lineage import Artifact, Run
from penstock.registry.documents import State
from penstock.registry.recording.configuration import configuration_of
from penstock.registry.recording.evaluations import evaluations_of, reasons_against
from penstock.registry.recording.notes import Note, PushedFiles
from penstock.versions import record
from penstock.versions.signature import signatures_of

_LONGEST_FAILURE = 4_000
# The key of the digest of a query's result, in place of the name of a file.
RESULT = "result"


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes:
        state: The outcome.
        failure: The error of a failed run, or of the gate that refused its data; empty otherwise.
        peaks: The peak memory in bytes of each node that was measured.
        kept: The file with the rows; None if they are not kept.
    """

    state: State
    failure: str = ""
    peaks: Mapping[str, int] = field(default_factory=dict)
    kept: str | None = None


def started(config: Config, run: str) -> Note:
    """Return the note of a run that starts: what cannot be found out any more after its end."""
    commit = commit_of(config.root)
    return Note(
        run=run,
        project=config.project_name,
        model=config.model_name,
        promote=config.registry.promote == "blessed",
        experiment={
            "run": run,
            "state": "failed",
            "commit": commit.hash,
            "dirty": commit.dirty,
            "metric": config.evaluation.metric,
            "configuration": configuration_of(config),
            "packages": _packages(),
            "place": _place(config),
            "started": datetime.now(UTC).isoformat(),
        },
    )


def afterwards(config: Config, run: Run) -> Note:
    """Return the note of a run that ended without one: what only its start knew is left empty."""
    unknown = {
        **{"commit": "nogit", "dirty": False, "configuration": {}, "packages": {}},
        "description": "Recorded after the run: its configuration, commit and packages are not known.",
    }
    return _of_run(config, run, unknown).model_copy(update={"promote": False})


def from_notebook(config: Config, run: Run) -> Note:
    """Return the note of a run whose nodes ran one by one in a notebook."""
    return _of_run(config, run, {"description": "Run node by node, in a notebook."})


def _of_run(config: Config, run: Run, values: dict[str, Any]) -> Note:
    """Return the note of a run that is over; the same run gets the same key, so that it is recorded once."""
    note = started(config, run.id)
    place = f"{note.experiment['place']['folder']} {run.id}"
    known = {
        "started": datetime.fromtimestamp(run.started, UTC).isoformat(),
        "place": {**note.experiment["place"], "key": hashlib.sha256(place.encode()).hexdigest()[:32]},
    }
    return note.model_copy(update={"experiment": {**note.experiment, **known, **values}})


def completed(note: Note, run: Run, outcome: Outcome, root: Path) -> Note:
    """Return the complete note of a run that has ended.

    Args:
        note: The note of its start.
        run: The run in the metadata store.
        outcome: How it ended.
        root: The folder of the project; paths within it are relative to it.
    """
    verdict = _verdict(run)
    failure = outcome.failure or (reasons_against(verdict) if outcome.state == "refused" else "")
    experiment = {
        **note.experiment,
        "state": outcome.state,
        "data": {**data_of(run.output("Examples"), root), "kept": outcome.kept},
        "evaluations": evaluations_of(verdict, _certificate(run)),
        "artifacts": {key: _shown(artifact.uri, root) for key, artifact in _artifacts(run).items()},
        "metadata": {
            "executions": {node.id: node.execution for node in run.nodes},
            "artifacts": {key: artifact.id for key, artifact in _artifacts(run).items()},
            **({"version": run.pushed_version} if run.pushed_version else {}),
        },
        "nodes": [_node(node, outcome.peaks.get(node.id)) for node in run.nodes],
        "seconds": round(run.seconds, 3),
        "failure": failure[:_LONGEST_FAILURE],
    }
    version = pushed_files(run, root)
    return note.model_copy(update={"experiment": experiment, "version": version, "is_complete": True})


def data_of(examples: Artifact | None, root: Path) -> dict[str, Any]:
    """Return the fields of `Data`, from the properties of the examples; empty if there are none."""
    if examples is None:
        return {}
    properties = examples.properties
    source, digest = str(properties.get("source", "")), str(properties.get("digest", ""))
    files = {_shown(each["path"], root): each["sha256"] for each in json.loads(properties.get("files") or "[]")}
    rows = json.loads(properties.get("rows") or "{}")
    table = f" {properties['table']}" if properties.get("table") else ""
    return {
        "source": f"{mask_password(source) if '://' in source else _shown(source, root)}{table}",
        "query": properties.get("query") or None,
        "files": files or ({RESULT: digest} if digest else {}),
        "rows": {split: count for split, count in rows.items() if split not in ("source", "quarantined")},
    }


def pushed_files(run: Run, root: Path) -> PushedFiles | None:
    """Return the version that a run pushed, from its folder or the copy in the artifact; None if there is none."""
    pushed, number = run.pushed_model, run.pushed_version
    if pushed is None or number is None:
        return None
    folder = Path(str(pushed.properties["pushed_destination"]))
    # The copy remains if somebody has removed the version.
    model = folder if folder.is_dir() else Path(pushed.uri)
    if not model.is_dir():
        return None
    recorded = record.read(model)
    return PushedFiles(
        number=number,
        folder=_shown(str(folder), root),
        digest=recorded.digest if recorded else record.content_digest(model),
        signature=signatures_of(model),
    )


def _verdict(run: Run) -> Verdict | None:
    try:
        return run.verdict()
    except PenstockError:  # a damaged file, which the run or `penstock fsck` reports
        return None


def _certificate(run: Run) -> Certificate | None:
    try:
        return run.certificate()
    except PenstockError:  # a damaged file
        return None


def _artifacts(run: Run) -> dict[str, Artifact]:
    return {f"{node.id}.{artifact.key}": artifact for node in run.nodes for artifact in node.outputs}


def _node(node: Any, peak: int | None) -> dict[str, Any]:
    # A node that is recorded as running was killed with the run.
    state = "failed" if node.state == "running" else node.state
    return {"id": node.id, "state": state, "seconds": round(node.seconds, 3), "peak_bytes": peak}


def _shown(place: str, root: Path) -> str:
    path = Path(place)
    return str(path.relative_to(root)) if path.is_relative_to(root) and path != root else place


def _packages() -> dict[str, str]:
    installed = installed_packages()
    found = {name: installed[name] for name in ("penstock", *PACKAGES) if name in installed}
    return {"python": platform.python_version(), **found}


def _place(config: Config) -> dict[str, str]:
    """Return who runs the pipeline and where; the key differs for runs of one name in two places."""
    return {"user": user_name(), "host": socket.gethostname(), "folder": str(config.root), "key": uuid.uuid4().hex}
