"""Training: the curves of a fit, and the signatures of what came out of it."""

import csv
import json
from pathlib import Path

from pipeline.lineage import Artifact
from pipeline.rendering.charts import Line, lines
from pipeline.rendering.markup import Markup, join, number, table, tag
from pipeline.rendering.saved_model import signatures

CURVES_FILE = "curves.csv"
SETTINGS_FILE = "settings.json"
SAVED_MODEL = "saved_model.pb"
_NAMES = {"loss": "training rows", "val_loss": "validation rows"}


def curves(artifact: Artifact) -> Markup:
    """Return the loss by epoch, with the epoch whose weights were kept marked."""
    with Path(artifact.uri, CURVES_FILE).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows:
        return tag("p", "No epoch came to its end.")
    drawn = [Line(words, tuple(float(row[name]) for row in rows)) for name, words in _NAMES.items() if name in rows[0]]
    watched = drawn[-1].values
    best = min(range(len(watched)), key=watched.__getitem__)
    told = f"{len(rows)} epochs; the weights of epoch {best + 1} were kept, with a loss of {number(watched[best])}."
    return join([tag("p", told), *_settings(artifact), lines(drawn, mark=best + 1, across="epoch")])


def _settings(artifact: Artifact) -> list[Markup]:
    """Return what the fit started from, and the settings that were searched; nothing of a run that noted none."""
    file = Path(artifact.uri, SETTINGS_FILE)
    told = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    parts = [f"Fitted {told['start']}."] if told.get("start", "anew") != "anew" else []
    if told.get("tuned"):
        searched = ", ".join(f"{name} {number(told['settings'][name])}" for name in told["tuned"])
        parts.append(f"Tuned: {searched}.")
    return [tag("p", " ".join(parts))] if parts else []


def model(artifact: Artifact) -> Markup:
    """Return the signatures of each SavedModel in the artifact: what it takes and what it gives."""
    return join(part for file in sorted(Path(artifact.uri).rglob(SAVED_MODEL)) for part in _signatures(file))


def _signatures(file: Path) -> list[Markup]:
    size = sum(part.stat().st_size for part in file.parent.rglob("*") if part.is_file())
    rows = [(tag("code", one.name), _listed(one.inputs), _listed(one.outputs)) for one in signatures(file)]
    return [
        tag("p", f"{file.parent.name}, {size / 1e6:.1f} MB on the disk"),
        table(("Signature", "Takes", "Gives"), rows),
    ]


def _listed(names: tuple[str, ...], most: int = 3) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
