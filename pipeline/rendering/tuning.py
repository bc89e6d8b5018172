"""The trials of a search for settings."""

import json
from pathlib import Path
from typing import Any

from pipeline.lineage import Artifact
from pipeline.rendering.markup import UNKNOWN, Markup, join, number, table, tag

TRIALS_FILE = "trials.json"


def trials(artifact: Artifact) -> Markup:
    """Return each trial with its settings and what became of it, the least validation loss first."""
    told = json.loads(Path(artifact.uri, TRIALS_FILE).read_text(encoding="utf-8"))["trials"]
    names = list(dict.fromkeys(name for trial in told for name in trial["settings"]))
    best = next((trial for trial in told if trial["best"]), None)
    kept = "" if best is None else f"; the best one has a validation loss of {_loss(best)}"
    ordered = sorted(enumerate(told, 1), key=lambda each: (each[1]["loss"] is None, each[1]["loss"] or 0.0))
    rows = [_row(place, trial, names) for place, trial in ordered]
    heads = ("Trial", *names, "Passes", "Seconds", "Validation loss")
    seconds = sum(trial["seconds"] for trial in told)
    return join(
        [
            tag("p", f"{len(told)} trials in {seconds:.1f} s{kept}. The first has the family's own settings."),
            table(heads, rows, set(range(len(heads)))),
        ]
    )


def _row(place: int, trial: dict[str, Any], names: list[str]) -> list[object]:
    loss = tag("span", "✓ ", _loss(trial), class_="good") if trial["best"] else _loss(trial)
    settings = (_setting(trial["settings"].get(name)) for name in names)
    return [place, *settings, f"{trial['epochs']} of {trial['most_epochs']}", f"{trial['seconds']:.1f}", loss]


def _setting(value: Any) -> str:
    return number(value) if isinstance(value, int | float) else UNKNOWN if value is None else str(value)


def _loss(trial: dict[str, Any]) -> str:
    return UNKNOWN if trial["loss"] is None else f"{trial['loss']:.5f}"
