"""The model: the transformed columns, the trials of a search, the curves of a fit, the signatures of a SavedModel."""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from penstock.core.documents.training import Curves, Fit, Trial, Trials
from penstock.core.saved_model import SAVED_MODEL, signatures
from penstock.core.text import UNKNOWN, number, shorten
from penstock.metadata.lineage import Artifact
from penstock.reports.charts import Line, lines
from penstock.reports.checks import read_schema
from penstock.reports.markup import code, drawn, mark

RAW = Path("metadata", "schema.pbtxt")
TRANSFORMED = Path("transformed_metadata", "schema.pbtxt")
VOCABULARIES = Path("transform_fn", "assets", "vocabulary")
_TEMPLATE = "model.html"
_UNIT = "\x1f"  # separates the number of a column from a value
_TYPES = {1: "text", 2: "whole number", 3: "number"}
_FIRST_WORDS = 5


@dataclass(frozen=True)
class _SavedModel:
    """A SavedModel: the name of its folder, its size, and a row per signature."""

    name: str
    megabytes: float
    rows: list[tuple[Markup, str, str]]


def transform_graph(artifact: Artifact) -> Markup:
    """Return the raw columns with the columns made of each, then the vocabularies."""
    folder = Path(artifact.uri)
    raw = {feature.name for feature in read_schema(folder / RAW).feature}
    made: dict[str, list[Any]] = {}
    for feature in read_schema(folder / TRANSFORMED).feature:
        made.setdefault(origin(feature.name, raw), []).append(feature)
    rows = [
        (column, _kinds(features), ", ".join(f.name for f in features)) for column, features in sorted(made.items())
    ]
    words = [_vocabulary_row(*entry) for entry in vocabularies(folder / VOCABULARIES).items()]
    transformed = sum(map(len, made.values()))
    return drawn(_TEMPLATE, "transform_graph", raw=len(raw), transformed=transformed, rows=rows, vocabularies=words)


def origin(name: str, raw: set[str]) -> str:
    """Return the raw column of a transformed one: the longest name that the transformed name starts with."""
    return max((column for column in raw if name.startswith(column)), key=len, default="")


def vocabularies(file: Path) -> dict[int, list[str]]:
    """Return the values of each categorical column by its number; an empty dictionary if there is no such file."""
    if not file.is_file():
        return {}
    values: dict[int, list[str]] = {}
    for line in file.read_text(encoding="utf-8", errors="replace").split("\n"):
        column, separator, value = line.partition(_UNIT)
        if separator:
            values.setdefault(int(column), []).append(value)
    return values


def trials(artifact: Artifact) -> Markup:
    """Return each trial of a search with its settings and its result, sorted by validation loss."""
    listed = Trials.read(artifact.uri).trials
    names = list(dict.fromkeys(name for trial in listed for name in trial.settings))
    ordered = sorted(enumerate(listed, 1), key=lambda each: (each[1].loss is None, each[1].loss or 0.0))
    return drawn(
        _TEMPLATE,
        "trials",
        best=next((_loss(trial) for trial in listed if trial.best), ""),
        seconds=sum(trial.seconds for trial in listed),
        headings=["Trial", *names, "Passes", "Seconds", "Validation loss"],
        rows=[_trial_row(position, trial, names) for position, trial in ordered],
    )


def curves(artifact: Artifact) -> Markup:
    """Return the loss by epoch; the epoch whose weights the model has is marked."""
    epochs = Curves.read(artifact.uri).epochs
    losses = [
        _losses("training rows", [epoch.loss for epoch in epochs]),
        _losses("validation rows", [epoch.val_loss for epoch in epochs]),
    ]
    known = [line for line in losses if not all(map(math.isnan, line.values))]
    if not known:
        return drawn(_TEMPLATE, "no_curves")
    monitored = known[-1].values
    best = min(range(len(monitored)), key=lambda epoch: (math.isnan(monitored[epoch]), monitored[epoch]))
    fit = _fit(artifact)
    return drawn(
        _TEMPLATE,
        "curves",
        epochs=len(epochs),
        best=best + 1,
        loss=monitored[best],
        # Earlier versions wrote one word for a fit without a warm start.
        start=fit.start if fit and " " in fit.start else "",
        tuned=[f"{name} {number(fit.settings[name])}" for name in fit.tuned] if fit else [],
        chart=lines(known, mark=best + 1, across="epoch"),
    )


def saved_models(artifact: Artifact) -> Markup:
    """Return the signatures of each SavedModel in the artifact, with their inputs and outputs."""
    models = [_saved_model(file) for file in sorted(Path(artifact.uri).rglob(SAVED_MODEL))]
    return drawn(_TEMPLATE, "saved_models", models=models)


def _saved_model(file: Path) -> _SavedModel:
    size = sum(part.stat().st_size for part in file.parent.rglob("*") if part.is_file())
    rows = [(code(one.name), _listed(one.inputs), _listed(one.outputs)) for one in signatures(file)]
    return _SavedModel(file.parent.name, size / 1e6, rows)


def _losses(name: str, values: Iterable[float | None]) -> Line:
    return Line(name, tuple(math.nan if value is None else value for value in values))


def _fit(artifact: Artifact) -> Fit | None:
    """Return the settings of the fit; None if the run wrote none."""
    try:
        return Fit.read(artifact.uri)
    except FileNotFoundError:
        return None


def _kinds(features: list[Any]) -> str:
    counted: Counter[str] = Counter()
    for feature in features:
        counted[_TYPES.get(feature.type, "other")] += math.prod(dim.size for dim in feature.shape.dim)
    return ", ".join(f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in counted.items())


def _vocabulary_row(column: int, words: list[str]) -> tuple[str, str, str]:
    first = ", ".join(shorten(word, 30) for word in words[:_FIRST_WORDS])
    return number(column + 1), number(len(words)), first + (", …" if len(words) > _FIRST_WORDS else "")


def _trial_row(position: int, trial: Trial, names: list[str]) -> list[object]:
    loss = mark("good", f"✓ {_loss(trial)}") if trial.best else _loss(trial)
    settings = (_setting(trial.settings.get(name)) for name in names)
    return [position, *settings, f"{trial.epochs} of {trial.most_epochs}", f"{trial.seconds:.1f}", loss]


def _setting(value: Any) -> str:
    return number(value) if isinstance(value, int | float) else UNKNOWN if value is None else str(value)


def _loss(trial: Trial) -> str:
    return UNKNOWN if trial.loss is None else f"{trial.loss:.5f}"


def _listed(names: tuple[str, ...], most: int = 3) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
