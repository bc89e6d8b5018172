"""The report of a run that is not in this metadata store, by what the registry has of it."""

from datetime import datetime
from typing import Any

from penstock.config.config import Config
from penstock.metadata.lineage import Run
from penstock.registry.documents import Experiment, Model, Version
from penstock.registry.errors import NotFound
from penstock.registry.naming import every, find_experiment, find_version
from penstock.registry.opening import Registry
from penstock.registry.production import in_production
from penstock.reports.run.build import build
from penstock.reports.run.document import Problem, Production, RunReport
from penstock.reports.run.facts import Facts, Recorded

_PARTS = ("statistics", "analysis", "nodes")
_ELSEWHERE = (
    "the run {run} is not in this metadata store; it ran on a cluster or on another machine, "
    "and what the registry has of it is shown"
)


def recorded_report(config: Config, registry: Registry, text: str) -> RunReport:
    """Return the report of a run by its version, its alias, its name or that of its experiment.

    The registry has metrics, thresholds, slices, configuration, packages and the digests of the files; it has neither
    the statistics of the columns, nor the nodes, nor the rows to analyse the model on.

    Raises:
        NotFound: The registry has no such version and no such experiment.
    """
    model = registry.model_named(config.project_name, config.model_name)
    version, experiment = _found(registry, model, text)
    report = build(
        Facts(
            config,
            _recorded(config, experiment, version),
            _before(config, registry, model, version),
            production=_production(registry, model, experiment),
        )
    )
    reason = _ELSEWHERE.format(run=experiment.run)
    return report.model_copy(
        update={"problems": (*report.problems, *(Problem(part=part, reason=reason) for part in _PARTS))}
    )


def _found(registry: Registry, model: Model, text: str) -> tuple[Version | None, Experiment]:
    try:
        version = find_version(registry, model, text)
    except NotFound:
        experiment = find_experiment(registry, model, text)
        return next(iter(registry.versions(model.id, experiment_id=experiment.id).items), None), experiment
    return version, registry.experiment_of_version(version.id)


def _recorded(config: Config, experiment: Experiment, version: Version | None) -> Recorded:
    fields: dict[str, Any] = experiment.model_dump(mode="json")
    return Recorded(Run(experiment.run, config.name, ()), fields, (version.number, version.folder) if version else None)


def _production(registry: Registry, model: Model, experiment: Experiment) -> Production | None:
    began = experiment.details.get("started")
    if not began:
        return None
    found = in_production(registry, model, experiment.run, datetime.fromisoformat(str(began)))
    return Production(**vars(found))


def _before(config: Config, registry: Registry, model: Model, version: Version | None) -> Recorded | None:
    """Return the run of the version before, by its number."""
    if version is None:
        return None
    earlier = [each for each in every(lambda part: registry.versions(model.id, part)) if each.number < version.number]
    if not earlier:
        return None
    last = max(earlier, key=lambda each: each.number)
    return _recorded(config, registry.experiment_of_version(last.id), last)
