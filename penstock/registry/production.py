"""The version that was in production when a run began, by the moves of the alias `default`, whatever it is today."""

from dataclasses import dataclass
from datetime import datetime

from penstock.registry.documents import DEFAULT, MOVED, Event, Model
from penstock.registry.errors import NotFound
from penstock.registry.lists import Slice
from penstock.registry.naming import every
from penstock.registry.opening import Registry

_PART = 100


@dataclass(frozen=True)
class InProduction:
    """The version that `default` pointed to when a run began.

    Attributes:
        version: Its number; None if there was none.
        value: Its value of the metric that decides, on the rows that it was evaluated on.
        promoted: Whether the run moved the alias.
    """

    version: int | None = None
    value: float | None = None
    promoted: bool = False


def in_production(registry: Registry, model: Model, run: str, began: datetime) -> InProduction:
    """Return the version that was in production when a run began, and whether the run moved the alias.

    Only events from before the run and of the run itself count, so that the answer stays the same.

    Args:
        registry: A client of the registry.
        model: The model of the run.
        run: The name of the run.
        began: When it began.
    """
    promoted = False
    for event in every(lambda part: registry.events(part, model.id, MOVED), Slice(_PART, newest=True)):
        if event.document.get("alias") != DEFAULT:
            continue
        if _is_of(registry, event, run):
            promoted = True
        elif event.at < began:
            number = int(event.document["to"])
            return InProduction(number, _value(registry, model, number), promoted)
    return InProduction(promoted=promoted)


def _is_of(registry: Registry, event: Event, run: str) -> bool:
    """Say whether a run moved the alias: by its name, or as the run of the first version.

    A server notes the owner of a token as the actor, not the run.
    """
    document = event.document
    if event.actor.endswith(f", run {run}") or str(document.get("why", "")).startswith(f"run {run} "):
        return True
    return document.get("from") is None and _run(registry, int(event.subject["version"])) == run


def _run(registry: Registry, version_id: int) -> str:
    try:
        return str(registry.experiment_of_version(version_id).run)
    except NotFound:
        return ""


def _value(registry: Registry, model: Model, number: int) -> float | None:
    try:
        return registry.experiment_of_version(registry.version_numbered(model.id, number).id).value
    except NotFound:
        return None
