"""The facts of a model card from an experiment of the registry and `[card]` in the configuration."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from penstock.config.report import Card as Written
from penstock.core.documents.card import Card, Dataset, Ethical, Measured
from penstock.registry.documents import overall

_TASKS = {
    "binary": "Predicts whether {label} is true",
    "multiclass": "Predicts the class of {label}",
    "regression": "Predicts the value of {label}",
}
_COMPARED = ("constant", "linear", "baseline")


@dataclass(frozen=True)
class Named:
    """The model of a card: its name, the number of its version, the SHA-256 of its files, and the day of its run."""

    name: str
    version: str = ""
    digest: str = ""
    date: str = ""


def card_of(experiment: Mapping[str, Any], written: Written, model: Named) -> Card:
    """Return the facts of a card.

    Args:
        experiment: The fields of the experiment that made the model.
        written: `[card]` of the configuration.
        model: The model.
    """
    configuration, evaluations = (experiment.get(key) or {} for key in ("configuration", "evaluations"))
    data, settings = (configuration.get(key) or {} for key in ("data", "model"))
    slices = evaluations.get("slices") or {}
    task, label = str(settings.get("task") or ""), str(data.get("label") or "")
    return Card(
        name=model.name,
        version=model.version,
        date=model.date,
        overview=written.overview or overview(task, label, len(configuration.get("features") or {})),
        owner=written.owner or "",
        contact=written.contact or "",
        licence=written.licence or "",
        references=written.references,
        citation=written.citation or "",
        tags=written.tags,
        task=task,
        label=label,
        family=str(settings.get("family") or ""),
        commit=str(experiment.get("commit") or ""),
        digest=model.digest,
        users=written.users,
        uses=written.uses,
        limits=written.limits,
        tradeoffs=written.tradeoffs,
        ethical=tuple(Ethical(name=each.name, mitigation=each.mitigation) for each in written.ethical),
        dataset=_dataset(experiment.get("data") or {}, configuration),
        metric=str(experiment.get("metric") or (configuration.get("evaluation") or {}).get("metric") or ""),
        metrics=(*_metrics(evaluations), *_of_slices(slices)),
        baselines={each: found for each in _COMPARED if (found := _numbers(evaluations.get(each)))},
        thresholds=tuple(str(each["words"]) for each in evaluations.get("thresholds") or [] if each.get("words")),
        small_slices=sum(bool(part.get("too_few_rows")) for part in slices.values()),
        slices=len(slices),
        packages={str(key): str(value) for key, value in _packages(experiment).items()},
    )


def overview(task: str, label: str, features: int) -> str:
    """Return what a model does in a sentence."""
    if task not in _TASKS:
        return ""
    return f"{_TASKS[task].format(label=label)} from {features} column{'s' if features != 1 else ''} of a row."


def _packages(experiment: Mapping[str, Any]) -> Mapping[str, Any]:
    return experiment.get("packages") or (experiment.get("details") or {}).get("packages") or {}


def _dataset(data: Mapping[str, Any], configuration: Mapping[str, Any]) -> Dataset:
    return Dataset(
        name=str(data.get("source") or ""),
        query=str(data.get("query") or ""),
        digests={str(name): str(digest) for name, digest in (data.get("files") or {}).items()},
        rows={str(split): int(count) for split, count in (data.get("rows") or {}).items()},
        columns=tuple(map(str, configuration.get("features") or {})),
    )


def _metrics(evaluations: Mapping[str, Any]) -> Iterator[Measured]:
    ends, rows = evaluations.get("ends") or {}, int(evaluations.get("rows") or 0)
    for name, value in overall(evaluations).items():
        low, high = ends.get(name) or (None, None)
        yield Measured(type=name, value=value, low=low, high=high, rows=rows)


def _of_slices(slices: Mapping[str, Any]) -> Iterator[Measured]:
    for name, part in slices.items():
        if part.get("too_few_rows"):
            continue
        intervals = part.get("intervals") or {}
        for metric, value in _numbers(part.get("metrics")).items():
            half = intervals.get(metric)
            low, high = (value - half, value + half) if half is not None else (None, None)
            yield Measured(
                type=metric, value=value, low=low, high=high, slice=str(name), rows=int(part.get("rows") or 0)
            )


def _numbers(values: Any) -> dict[str, float]:
    return overall({"overall": values or {}})
