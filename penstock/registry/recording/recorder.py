"""Writes the notes of runs to the registry: the experiment, then its version, then the alias that it is promoted to."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from penstock.registry.documents import DEFAULT, AliasMove, Experiment, ExperimentBody, Version, VersionBody
from penstock.registry.errors import Conflict, NotFound
from penstock.registry.recording.notes import Note, PushedFiles


@dataclass(frozen=True)
class Recorded:
    """A run in the registry.

    Attributes:
        experiment: Its experiment.
        version: The version that it pushed; None if it pushed none, or it could not be recorded.
        problem: Why the version is not recorded; empty otherwise.
    """

    experiment: Experiment
    version: Version | None = None
    problem: str = ""


def record(registry: Any, note: Note) -> Recorded:
    """Record a run; one that is recorded already is returned as it is.

    Args:
        registry: A client of the registry.
        note: The complete note of the run.

    Raises:
        PenstockError: The registry cannot be reached or written; what is missing can be recorded later.
    """
    project = registry.create_project(note.project)
    model = registry.create_model(project.id, note.model)
    experiment = _experiment(registry, model.id, note)
    if note.version is None:
        return Recorded(experiment)
    try:
        version = registry.record_version(_version(model.id, experiment.id, note.version))
    except Conflict as error:
        # Another try would have the same answer.
        return Recorded(experiment, problem=str(error))
    if note.promote and version.experiment_id == experiment.id:
        version = _promoted(registry, version, note.run)
    return Recorded(experiment, version)


def _experiment(registry: Any, model_id: int, note: Note) -> Experiment:
    body = ExperimentBody.model_validate({**note.experiment, "model_id": model_id})
    found: Experiment = registry.record_experiment(body)
    place = body.place
    if found.details.get("place", {}).get("key") == place.get("key"):
        return found
    # Another run has this name: two that started in the same second in two folders, or on two machines.
    other: Experiment = registry.record_experiment(
        body.model_copy(update={"run": f"{note.run}-{place['host']}-{place['key'][:8]}"})
    )
    return other


def _version(model_id: int, experiment_id: int, pushed: PushedFiles) -> VersionBody:
    return VersionBody(model_id=model_id, experiment_id=experiment_id, **pushed.model_dump())


def _promoted(registry: Any, version: Version, run: str) -> Version:
    """Move `default` to a version, unless a newer one has it already; return the version with its aliases."""
    try:
        current = registry.alias(version.model_id, DEFAULT).version
    except NotFound:
        current = 0
    if current < version.number:
        why = f"run {run} pushed it: it is blessed, and registry.promote is blessed"
        with suppress(Conflict):  # somebody moved it meanwhile, and decided otherwise
            move = AliasMove(version=version.number, why=why, expect=current)
            registry.move_alias(version.model_id, DEFAULT, move)
    found: Version = registry.version(version.id)
    return found
