"""Drift: how far each column is from the training data of the last pushed model, and `eval` from `train`."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.lineage import Artifact
from pipeline.rendering.markup import Markup, join, number, table, tag

REPORT_FILE = "report.json"


def report(artifact: Artifact) -> Markup:
    """Return tables of distances, those beyond their thresholds marked."""
    found = json.loads(Path(artifact.uri, REPORT_FILE).read_text(encoding="utf-8"))
    if found["version"] is None:
        against = "No version was pushed before, so there is nothing to compare the training data with."
    elif not found["compared"]:
        against = f"Version {found['version']} carries no statistics of its training data to compare with."
    else:
        against = f"Compared with the training data of version {found['version']}."
    parts = [tag("p", against), _table(found["columns"], "drifted")]
    # A report of before skew was judged has none.
    if "skew" in found:
        parts += [tag("h4", "Skew: the split eval from train"), _table(found["skew"], "skewed")]
    return join(parts)


def _table(columns: Sequence[dict[str, Any]], mark: str) -> Markup:
    rows = [
        (
            *(column["column"], column["measure"], _distance(column["distance"]), number(column["threshold"])),
            _mark(column["distance"], column["passed"], mark),
        )
        for column in columns
    ]
    return table(("Column", "Measure", "Distance", "At most", ""), rows, {2, 3})


def _mark(distance: float | None, passed: bool, beyond: str) -> Markup:
    if distance is None:
        return tag("span", "not compared", class_="dim")
    return tag("span", "✓", class_="good") if passed else tag("span", beyond, class_="bad")


def _distance(distance: float | None) -> str:
    return "–" if distance is None else f"{distance:.4f}"  # noqa: RUF001
