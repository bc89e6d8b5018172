"""Drift in words: how far the training data is from that of the last pushed model, and `eval` from `train`."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.data_documents import Distance, DriftReport

_MOST = 5


def drift_lines(report: "DriftReport") -> list[str]:
    """Return what a report says of drift and of skew: a sentence each, and a line for each column too far."""
    # A report of before skew was judged has none.
    skew = _lines("Skew of eval from train", report.skew, "skewed ") if report.skew is not None else []
    return [*_drift(report), *skew]


def _drift(report: "DriftReport") -> list[str]:
    if report.version is None:
        return ["Drift: not compared, for no version was pushed before."]
    against = f"Drift from version {report.version}"
    if not report.compared:
        return [f"{against}: not compared, for it carries no statistics of its training data."]
    return _lines(against, report.columns, "drifted")


def _lines(against: str, judged: Sequence["Distance"], mark: str) -> list[str]:
    columns = [column for column in judged if column.distance is not None]
    beyond = [column for column in columns if not column.passed]
    if not columns:
        return [f"{against}: not compared, for no column has values in both."]
    left = f"; {len(judged) - len(columns)} not compared" if len(judged) > len(columns) else ""
    if not beyond:
        sentence = f"{against}: none of {len(columns)} columns beyond its threshold{left}"
        return [sentence, f"nearest  {_distance(columns[0])}"]
    heading = f"{against}: {len(beyond)} of {len(columns)} columns beyond {'its' if len(beyond) == 1 else 'their'} "
    return [f"{heading}threshold{'' if len(beyond) == 1 else 's'}{left}", *_list(beyond, mark)]


def _list(beyond: Sequence["Distance"], mark: str) -> Iterable[str]:
    for column in beyond[:_MOST]:
        yield f"{mark}  {_distance(column)}"
    if len(beyond) > _MOST:
        yield f"and {len(beyond) - _MOST} more: --json lists all"


def _distance(column: "Distance") -> str:
    return f"{column.column}: {column.measure} {column.distance:.3g}, at most {column.threshold:g}"
