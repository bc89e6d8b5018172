"""The note of a run on a cluster, from the outputs of its nodes: no metadata store of it can be read there."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from penstock.config.config import Config
from penstock.core.documents.certificate import Certificate
from penstock.core.documents.verdict import Verdict
from penstock.core.machine import user_name
from penstock.core.places import bucket_place
from penstock.core.urls import mask_password
from penstock.metadata.lineage import Artifact
from penstock.registry.recording.evaluations import evaluations_of, reasons_against
from penstock.registry.recording.experiment import data_of, started
from penstock.registry.recording.notes import Note, PushedFiles
from penstock.versions.record import content_digest
from penstock.versions.signature import signatures_of

# What differs with each start, or belongs to the machine that compiles.
_OF_THE_MACHINE = ("place", "started", "packages")


def facts_of(config: Config) -> str:
    """Return what the node has to know about the configuration, as JSON without secrets; each call gives the same."""
    note = started(config, "")
    experiment = {key: value for key, value in note.experiment.items() if key not in _OF_THE_MACHINE}
    facts = {"uri": mask_password(config.registry_uri), "target": config.target, "promote": note.promote}
    names = {"project": note.project, "model": note.model}
    return json.dumps({**facts, **names, "experiment": experiment}, sort_keys=True)


def note_of(facts: dict[str, Any], examples: Artifact, verdict: Verdict, pushed: Artifact, model: Path) -> Note:
    """Return the complete note of a run whose Pusher has ended.

    Args:
        facts: What `facts_of` returned, parsed.
        examples: The examples.
        verdict: The verdict on the model.
        pushed: The output of Pusher; its address names the run, and a retry has the same.
        model: The copy of the pushed model, on this machine.
    """
    # The launcher has copied the artifacts into folders of the container, which the registry must not name.
    places = {"ExampleGen.examples": bucket_place(examples.uri), "Pusher.pushed_model": bucket_place(pushed.uri)}
    key = hashlib.sha256(places["Pusher.pushed_model"].encode()).hexdigest()
    run = f"{facts['target']}-{key[:12]}"
    number = int(pushed.properties["pushed_version"]) if pushed.properties.get("pushed") else None
    experiment = {
        **facts["experiment"],
        "run": run,
        "state": "pushed" if number else "refused",
        "data": data_of(examples, Path("/")),
        "evaluations": evaluations_of(verdict),
        "artifacts": places,
        "metadata": {"version": number} if number else {},
        "place": {"user": user_name(), "host": facts["target"], "key": key[:32]},
        "started": datetime.now(UTC).isoformat(),
        "failure": "" if number else reasons_against(verdict),
    }
    version = None
    if number:
        folder = str(pushed.properties["pushed_destination"])
        version = PushedFiles(
            number=number, folder=folder, digest=content_digest(model), signature=signatures_of(model)
        )
    names = {name: facts[name] for name in ("project", "model", "promote")}
    return Note(run=run, is_complete=True, experiment=experiment, version=version, **names)


def with_certificate(note: Note, certificate: Certificate) -> Note:
    """Return a note with the certificate of the model among its evaluations."""
    evaluations = {**note.experiment["evaluations"], **evaluations_of(None, certificate)}
    return note.model_copy(update={"experiment": {**note.experiment, "evaluations": evaluations}})
