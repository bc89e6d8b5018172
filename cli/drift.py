"""Drift in words: how far the training data is from that of the last pushed model."""

from collections.abc import Iterable, Mapping
from typing import Any

_MOST = 5


def drift_lines(report: Mapping[str, Any]) -> list[str]:
    """Return what a report says: a sentence, and a line for each column beyond its threshold."""
    if report["version"] is None:
        return ["Drift: not compared, for no version was pushed before."]
    against = f"Drift from version {report['version']}"
    if not report["compared"]:
        return [f"{against}: not compared, for it carries no statistics of its training data."]
    columns = [column for column in report["columns"] if column["distance"] is not None]
    beyond = [column for column in columns if not column["passed"]]
    if not columns:
        return [f"{against}: not compared, for no column has values in both."]
    if not beyond:
        sentence = f"{against}: none of {len(columns)} columns beyond its threshold"
        return [sentence, f"nearest  {_distance(columns[0])}"]
    heading = f"{against}: {len(beyond)} of {len(columns)} columns beyond {'its' if len(beyond) == 1 else 'their'} "
    return [f"{heading}threshold{'' if len(beyond) == 1 else 's'}", *_list(beyond)]


def _list(beyond: list[Mapping[str, Any]]) -> Iterable[str]:
    for column in beyond[:_MOST]:
        yield f"drifted  {_distance(column)}"
    if len(beyond) > _MOST:
        yield f"and {len(beyond) - _MOST} more: --json lists all"


def _distance(column: Mapping[str, Any]) -> str:
    return f"{column['column']}: {column['measure']} {column['distance']:.3g}, at most {column['threshold']:g}"
