"""Drift: how far each column is from the training data of the last pushed model."""

import json
from pathlib import Path

from pipeline.lineage import Artifact
from pipeline.rendering.markup import Markup, join, number, table, tag

REPORT_FILE = "report.json"


def report(artifact: Artifact) -> Markup:
    """Return a table of distances, those beyond their thresholds marked."""
    found = json.loads(Path(artifact.uri, REPORT_FILE).read_text(encoding="utf-8"))
    if found["version"] is None:
        against = "No version was pushed before, so there is nothing to compare the training data with."
    elif not found["compared"]:
        against = f"Version {found['version']} carries no statistics of its training data to compare with."
    else:
        against = f"Compared with the training data of version {found['version']}."
    rows = [
        (
            *(column["column"], column["measure"], _distance(column["distance"]), number(column["threshold"])),
            _mark(column["distance"], column["passed"]),
            _distance(column["eval"]),
        )
        for column in found["columns"]
    ]
    heads = ("Column", "Measure", "Distance", "At most", "", "Distance of eval from train")
    return join([tag("p", against), table(heads, rows, {2, 3, 5})])


def _mark(distance: float | None, passed: bool) -> Markup:
    if distance is None:
        return tag("span", "not compared", class_="dim")
    return tag("span", "✓", class_="good") if passed else tag("span", "drifted", class_="bad")


def _distance(distance: float | None) -> str:
    return "–" if distance is None else f"{distance:.4f}"  # noqa: RUF001
