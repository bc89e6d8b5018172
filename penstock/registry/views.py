"""What the commands print as JSON: documents of the registry with what belongs to them."""

from collections.abc import Sequence
from typing import Any

from penstock.registry.acceptance import Acceptance, read
from penstock.registry.documents import ACCEPTED, DEFAULT, MOVED, Event, Experiment, Model, Version, overall, settings
from penstock.registry.naming import newest
from penstock.registry.opening import Registry

_SHORT = {"id", "name", "run", "state", "commit", "metric", "created", "archived"}


def version_view(version: Version, experiment: Experiment) -> dict[str, Any]:
    """Return a version with the name and the metric of the experiment that pushed it."""
    plain = version.model_dump(mode="json", exclude={"model_id", "number"})
    return {
        "version": version.number,
        "name": experiment.name,
        "run": experiment.run,
        "metric": experiment.metric,
        "value": experiment.value,
        **plain,
    }


def experiment_view(experiment: Experiment) -> dict[str, Any]:
    """Return all of an experiment."""
    return {**experiment.model_dump(mode="json", exclude={"model_id"}), "value": experiment.value}


def experiment_entry(experiment: Experiment, shown: Sequence[str] = ()) -> dict[str, Any]:
    """Return what a list shows of an experiment.

    Args:
        experiment: The experiment.
        shown: Further metrics and settings, as `metric.NAME` or `setting.KEY`.
    """
    values = {"values": {name: value_of(experiment, name) for name in shown}} if shown else {}
    return {**experiment.model_dump(mode="json", include=_SHORT), "value": experiment.value, **values}


def value_of(experiment: Experiment, name: str) -> Any:
    """Return a metric or a setting of an experiment by `metric.NAME` or `setting.KEY`; None if it has none."""
    kind, _, key = name.partition(".")
    if kind == "metric":
        return overall(experiment.evaluations).get(key)
    return dict(settings(experiment.configuration)).get(key)


def model_view(registry: Registry, model: Model) -> dict[str, Any]:
    """Return a model with the count of its versions, and the version that is its default."""
    default = next((alias for alias in registry.aliases(model.id) if alias.name == DEFAULT), None)
    experiment = registry.experiment_of_version(default.version_id) if default else None
    return {
        "id": model.id,
        "project": model.project,
        "model": model.name,
        "versions": registry.count_versions(model.id),
        "default": default.version if default else None,
        "metric": experiment.metric if experiment else None,
        "value": experiment.value if experiment else None,
        "archived": None if model.archived is None else model.archived.isoformat(),
    }


def alias_moves(registry: Registry, model: Model, most: int | None = None) -> list[Event]:
    """Return the moves of a model's aliases, the last one first; at most so many, or all of them."""
    return newest(lambda part: registry.events(part, model.id, MOVED), most)


def move_view(event: Event) -> dict[str, Any]:
    """Return a move of an alias."""
    return {"event": event.id, "at": event.at.isoformat(), "actor": event.actor, **event.document}


def acceptances(registry: Registry, model: Model, most: int = 20) -> list[Acceptance]:
    """Return the last acceptances of changes of a model's schema, newest first."""
    events = newest(lambda part: registry.events(part, model.id, ACCEPTED), most)
    return [found for event in events if (found := read(event))]
