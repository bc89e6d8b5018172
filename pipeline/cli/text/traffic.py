"""The comparison of logged requests with training data, as lines of text."""

import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pipeline.cli.text.columns import WIDTH, clip, columns, shortest_path

if TYPE_CHECKING:
    from penstock.serving.requests.files import LogFile
    from penstock.serving.requests.predictions import Predictions
    from pipeline.schema.traffic_report import ColumnTraffic, TextTraffic, VersionTraffic

_MOST = 25
_MOST_SHARES = 5
_LONGEST_NAME = 40


def lines(files: "Sequence[LogFile]", found: "Sequence[VersionTraffic]") -> list[str]:
    """Return what was read, and the comparison of each version."""
    shares = ", ".join(f"{share:.4g}" for share in sorted({file.share for file in files}))
    count = f"{len(files):,} file{'s' * (len(files) > 1)}"
    result = [f"{count} of requests to {files[0].model}, of which the share {shares} was logged"]
    for each in found:
        result += ["", *_version(each)]
    return result


def _version(found: "VersionTraffic") -> Iterator[str]:
    yield (
        f"Version {found.version}: {found.rows:,} row{'s' * (found.rows != 1)} of {found.requests:,} "
        f"request{'s' * (found.requests != 1)}"
    )
    yield f"From {found.first[:19]} to {found.last[:19]} UTC, {', '.join(found.signatures)}"
    if found.reason:
        yield from textwrap.wrap(f"Not compared with its training data: {_short(found.reason)}.", WIDTH)
    elif found.compared:
        if others := found.rows - found.compared_rows:
            yield f"{others:,} rows have other inputs than the training data and are not compared"
        yield from _columns(found)
    for each in found.predictions:
        yield from _predictions(each)


def _short(reason: str) -> str:
    path, space, rest = reason.partition(" ")
    return f"{shortest_path(path)}{space}{rest}"


def _columns(found: "VersionTraffic") -> Iterator[str]:
    beyond, compared = found.beyond, found.compared
    shown = [each for each in found.columns if not each.reason or not each.passed]
    rows = [["Column", "Measure", "Distance", "At most", "Missing", "In training", ""]]
    rows += [_row(each) for each in shown[:_MOST]]
    judged = len({each.column for each in (*beyond, *compared)})
    yield f"{len(beyond)} of {judged} columns above a threshold"
    yield from columns(rows, right=(2, 3, 4, 5))
    if len(shown) > _MOST:
        yield f"and {len(shown) - _MOST} more: --json lists all"
    for each in found.columns:
        if each.new_values:
            values = ", ".join(map(repr, each.new_values))
            yield clip(f"New in {each.column}: {values} ({each.new_rows:,} of {found.compared_rows:,} rows)")
        if each.text:
            yield from _text(each, each.text, found.compared_rows)
    yield from _not_compared(found)


def _text(column: "ColumnTraffic", found: "TextTraffic", rows: int) -> Iterator[str]:
    """Yield how texts differ from those of training data, without any of them."""
    facts = [
        f"{found.different:,} different (in training {found.different_in_training:,})",
        f"mean length {found.length:.0f} bytes (in training {found.length_in_training:.0f})",
    ]
    if found.most_frequent is not None:
        facts.append(f"the most frequent one {_share(found.most_frequent)}")
        facts[-1] += f" (in training {_share(found.most_frequent_in_training)})"
    if column.new_rows:
        facts.append(f"new in {column.new_rows:,} of {rows:,} rows")
    name = clip(column.column, _LONGEST_NAME)
    yield from textwrap.wrap(f"Texts of {name}: {', '.join(facts)}", WIDTH, subsequent_indent="  ")


def _row(each: "ColumnTraffic") -> list[str]:
    distance = "-" if each.distance is None else f"{each.distance:.3g}"
    threshold = "-" if each.threshold is None else f"{each.threshold:g}"
    mark = "" if each.passed else "drifted"
    return [
        each.column,
        each.measure or "-",
        distance,
        threshold,
        _share(each.missing),
        _share(each.missing_in_training),
        mark,
    ]


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _not_compared(found: "VersionTraffic") -> Iterator[str]:
    """Yield the columns without a distance, by the reason."""
    by_reason: dict[str, list[str]] = {}
    for each in found.columns:
        if each.reason:
            by_reason.setdefault(each.reason, []).append(each.column)
    for reason, names in by_reason.items():
        yield from textwrap.wrap(f"Not compared, {reason}: {', '.join(names)}", WIDTH, subsequent_indent="  ")


def _predictions(found: "Predictions") -> Iterator[str]:
    if found.mean is not None and found.deciles:
        label = "" if found.label_mean is None else f"; the label in training: {found.label_mean:.4g}"
        low, middle, high = found.deciles[0], found.deciles[4], found.deciles[8]
        yield f"Predictions {found.output}: mean {found.mean:.4g}{label}"
        yield f"  10 %, 50 %, 90 %: {low:.4g}, {middle:.4g}, {high:.4g}"
    for value, share in list(found.shares.items())[:_MOST_SHARES]:
        label = f"; in training {found.label_shares.get(value, 0):.1%}" if found.label_shares else ""
        yield clip(f"Predictions {found.output}: {value} {share:.1%}{label}")
