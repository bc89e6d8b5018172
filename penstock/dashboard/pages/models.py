"""The pages of the registry: versions, aliases, events and experiments."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from penstock.core.documents.certificate import Certificate
from penstock.dashboard.kept import Kept, of_registry
from penstock.dashboard.sources import NoPage, Source
from penstock.registry import conditions
from penstock.registry.differences import metrics
from penstock.registry.documents import Event, Experiment, Model, Version, overall, settings
from penstock.registry.naming import find_experiment, find_model, first, newest
from penstock.registry.opening import Registry
from penstock.reports.charts import Line, lines

MOST_VERSIONS, MOST_EVENTS, MOST_EXPERIMENTS = 100, 30, 200
LEAST_COMPARED, MOST_COMPARED = 2, 10


@dataclass(frozen=True)
class VersionRow:
    """A version with the experiment that pushed it."""

    version: Version
    experiment: Experiment
    interval: float | None


# Each version has the signature of the model, and each experiment the configuration: both are large with many columns.
_ROWS: Kept[list[VersionRow]] = Kept(20)
_EXPERIMENTS: Kept[list[Experiment]] = Kept(20)


@dataclass(frozen=True)
class Compared:
    """A value of several experiments; `differs` if not all are the same."""

    name: str
    values: tuple[Any, ...]
    differs: bool


def model_of(source: Source, registry: "Registry | None", name: str) -> Model | None:
    """Return a model by PROJECT/NAME, or that of the pipeline if the text is empty; None if there is none yet.

    Raises:
        NotFound: There is none of that name.
    """
    if registry is None:
        return None
    return find_model(registry, name) if name else source.model(registry)


def kept_version_rows(source: Source, registry: Registry, model: Model) -> list[VersionRow]:
    """Return the newest versions of a model, archived ones too."""
    return of_registry(_ROWS, source.registry_file(), lambda: version_rows(registry, model), model.id)


def version_rows(registry: Registry, model: Model) -> list[VersionRow]:
    """Return the newest versions of a model from the registry."""
    versions = newest(lambda part: registry.versions(model.id, part), MOST_VERSIONS, archived=True)
    return [_row(version, registry.experiment(version.experiment_id)) for version in versions]


def events(registry: Registry, model: Model) -> list[Event]:
    """Return the last events of a model, the newest first."""
    return newest(lambda part: registry.events(part, model.id), MOST_EVENTS)


def metric_chart(rows: Sequence[VersionRow]) -> Markup:
    """Return the deciding metric over the versions with its interval; none with fewer than two versions."""
    metric = rows[0].experiment.metric if rows else ""
    shown = [row for row in rows[::-1] if row.experiment.metric == metric and row.experiment.value is not None]
    if len(shown) < LEAST_COMPARED:
        return Markup()
    values = [row.experiment.value or 0.0 for row in shown]
    widths = [math.nan if row.interval is None else row.interval for row in shown]
    ends = [Line(name, tuple(v + sign * w for v, w in zip(values, widths, strict=True))) for name, sign in _ENDS]
    drawn = [Line(metric, tuple(values)), *(line for line in ends if any(map(math.isfinite, line.values)))]
    return lines(drawn, across="version, oldest first")


_ENDS = (("upper end", 1), ("lower end", -1))


def certificate_of(experiment: Experiment) -> Certificate | None:
    """Return the certificate that the run of an experiment recorded; None if this release does not read it."""
    try:
        return Certificate.model_validate(experiment.evaluations["certificate"])
    except (KeyError, ValueError):
        return None


def kept_experiments(
    source: Source, registry: Registry, model: Model, sort: str, where: Sequence[str]
) -> list[Experiment]:
    """Return the experiments of a model, newest first or sorted by a metric or a setting.

    Raises:
        Invalid: The order or a condition is not valid.
    """
    key = (model.id, sort, *where)
    return of_registry(_EXPERIMENTS, source.registry_file(), lambda: experiments(registry, model, sort, where), key)


def experiments(registry: Registry, model: Model, sort: str, where: Iterable[str]) -> list[Experiment]:
    """Return the experiments of a model from the registry."""
    wanted = conditions.conditions(where)
    if sort:
        order = conditions.order(sort)
        return first(lambda part: registry.ranked(model.id, order, part, wanted), MOST_EXPERIMENTS)
    return newest(lambda part: registry.experiments(part, model_id=model.id, conditions=wanted), MOST_EXPERIMENTS)


def columns_of(listed: Sequence[Experiment], chosen: Sequence[str]) -> list[str]:
    """Return the columns of the table: the chosen ones, or the metrics of the newest experiment."""
    if chosen:
        return list(dict.fromkeys(chosen))[:12]
    names = next((list(overall(each.evaluations)) for each in listed if overall(each.evaluations)), [])
    return [f"metric.{name}" for name in names[:6]]


def choices(listed: Sequence[Experiment]) -> list[str]:
    """Return all metrics and settings of some experiments, for the choice of columns."""
    found: dict[str, None] = {}
    for each in listed[:20]:
        found |= dict.fromkeys(f"metric.{name}" for name in overall(each.evaluations))
        found |= dict.fromkeys(f"setting.{name}" for name, _ in settings(each.configuration))
    return list(found)


def chosen_experiments(registry: Registry, model: Model, names: Sequence[str]) -> list[Experiment]:
    """Return the experiments to compare.

    Raises:
        NoPage: There are too few or too many.
        NotFound: There is none of a name.
    """
    names = list(dict.fromkeys(names))
    if not LEAST_COMPARED <= len(names) <= MOST_COMPARED:
        expected = f"{LEAST_COMPARED} to {MOST_COMPARED} experiments"
        raise NoPage("the comparison", expected, str(len(names)), "choose them in the list of experiments")
    return [find_experiment(registry, model, name) for name in names]


def compared(chosen: Sequence[Experiment]) -> dict[str, list[Compared]]:
    """Return the values of several experiments: all metrics, and of settings and data those that differ."""
    parts = {
        "Metrics": [metrics(each.evaluations) for each in chosen],
        "Settings": [dict(settings(each.configuration)) for each in chosen],
        "Data": [dict(settings(each.data)) for each in chosen],
    }
    return {
        title: [each for each in _values(values) if each.differs or title == "Metrics"]
        for title, values in parts.items()
    }


def all_models(registry: Registry) -> list[Model]:
    """Return the models of a registry, at most 200."""
    return first(registry.models, 200)


def flat(experiment: Experiment) -> dict[str, Any]:
    """Return the settings of an experiment by their keys with dots."""
    return dict(settings(experiment.configuration))


def nothing_yet(source: Source) -> NoPage:
    """Return the error of a page about a model of which nothing was recorded yet."""
    what = f"the model of {source.key} in the registry"
    return NoPage(what, "a recorded run", "none yet", "write `penstock run`")


def _values(of: Sequence[Mapping[str, Any]]) -> Iterator[Compared]:
    for name in dict.fromkeys(name for each in of for name in each):
        values = tuple(each.get(name) for each in of)
        kinds = {(isinstance(value, bool), str(value)) for value in values}
        yield Compared(name, values, len(kinds) > 1)


def _row(version: Version, experiment: Experiment) -> VersionRow:
    intervals = experiment.evaluations.get("intervals")
    width = intervals.get(experiment.metric) if isinstance(intervals, Mapping) else None
    return VersionRow(version, experiment, width if isinstance(width, int | float) else None)
