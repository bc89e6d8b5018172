"""Experiments of the registry as lines: the list, one experiment, and what differs between two."""

import json
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pipeline.cli.text.columns import WIDTH, clip, columns, moment, number, shortest_path

if TYPE_CHECKING:
    from penstock.registry.differences import Difference, Differences
    from penstock.registry.documents import Experiment, Model

_MOST = 25
_NAME, _VALUE = 38, 18


def list_lines(experiments: Sequence["Experiment"], shown: Sequence[str]) -> list[str]:
    """Return a heading and a line per experiment.

    Args:
        experiments: The experiments.
        shown: Further values, as `metric.NAME` or `setting.KEY`; each is a column.
    """
    from penstock.registry.views import value_of

    # The metric that decides is a column of its own.
    decides = {f"metric.{each.metric}" for each in experiments}
    names = [name for name in shown if {name} != decides]
    rows = [
        [
            each.name,
            each.run,
            moment(each.created.timestamp())[5:16],
            number(each.value),
            *(clip(_shown(value_of(each, name)), _VALUE) for name in names),
            each.state,
        ]
        for each in experiments
    ]
    heading = ["Experiment", "Run", "Recorded", "Metric", *(clip(_short(name), _VALUE) for name in names), "State"]
    return columns([heading, *rows], right=(3,))


def experiment_lines(model: "Model", experiment: "Experiment") -> list[str]:
    """Return one experiment."""
    details = experiment.details
    seconds, place = details.get("seconds") or 0.0, details.get("place") or {}
    facts = [
        ["Run", experiment.run],
        ["Commit", experiment.commit],
        ["Recorded", moment(experiment.created.timestamp())],
        ["Took", f"{seconds:,.1f} s"],
        *([["Place", f"{place.get('user', '-')} on {place.get('host', '-')}"]] if place else []),
        *([["Description", experiment.description]] if experiment.description else []),
    ]
    failure = str(details.get("failure") or "")
    return [
        clip(f"Experiment {experiment.name} of {model.project}/{model.name}: {experiment.state}"),
        *(textwrap.wrap(failure, WIDTH, initial_indent="  ", subsequent_indent="  ") if failure else []),
        "",
        *columns(facts),
        *data_lines(experiment.data),
        *_nodes(details.get("nodes") or []),
        *metric_lines(experiment),
    ]


def data_lines(data: Mapping[str, Any]) -> list[str]:
    """Return what an experiment was trained and evaluated on."""
    counts = ", ".join(f"{split} {count:,}" for split, count in (data.get("rows") or {}).items())
    facts = [
        *([["Data", shortest_path(str(data["source"]))]] if data.get("source") else []),
        *([["Rows", counts]] if counts else []),
        *([["Kept rows", shortest_path(str(data["kept"]))]] if data.get("kept") else []),
    ]
    return columns([[f"{name:<8}", text] for name, text in facts])


def deciding(experiments: Iterable["Experiment"]) -> str:
    """Return `, metric NAME` if one metric decides all experiments; else an empty text."""
    names = {each.metric for each in experiments}
    return f", metric {names.pop()}" if len(names) == 1 and "" not in names else ""


def metric_lines(experiment: "Experiment") -> list[str]:
    """Return the metrics over all rows, the one that decides first."""
    from penstock.registry.documents import overall

    values = overall(experiment.evaluations)
    names = sorted(values, key=lambda name: (name != experiment.metric, name))
    return (
        ["", *columns([["Metric", "Value"], *([name, number(values[name])] for name in names)], right=(1,))]
        if names
        else []
    )


def compared_lines(pair: Sequence["Experiment"], found: "Differences") -> list[str]:
    """Return what differs between two experiments."""
    heads = [f"{letter}  {each.name}, run {each.run}: {each.state}" for letter, each in zip("AB", pair, strict=True)]
    return [*map(clip, heads), *differences_lines(found, pair)]


def differences_lines(found: "Differences", pair: Sequence["Experiment"]) -> list[str]:
    """Return what differs in configuration, data and metrics; of slices only the metrics that decide."""
    endings = tuple(f": {each.metric}" for each in pair)
    shown = [each for each in found.metrics if ": " not in each.name or each.name.endswith(endings)]
    return [
        *difference_lines("Configuration", found.configuration),
        *difference_lines("Data", found.data),
        *_metric_lines(shown, pair),
    ]


def _metric_lines(found: Sequence["Difference"], pair: Sequence["Experiment"]) -> list[str]:
    """Return what differs in metrics, after a line for experiments without any and for two that decide differently."""
    from penstock.registry.differences import metrics

    without = [letter for letter, each in zip("AB", pair, strict=True) if not metrics(each.evaluations)]
    if len(without) == 2:
        return ["", "Metrics: neither has any"]
    decides = " and ".join(f"{letter} by {each.metric or 'none'}" for letter, each in zip("AB", pair, strict=True))
    notes = [f"{without[0]} has no metrics."] if without else []
    if not without and pair[0].metric != pair[1].metric:
        notes = [f"They are decided by different metrics: {decides}."]
    return [*difference_lines("Metrics", found), *map(clip, notes)]


def difference_lines(title: str, found: Sequence["Difference"]) -> list[str]:
    """Return a table of what differs, under a title."""
    if not found:
        return ["", f"{title}: no difference"]
    changes = any(each.change is not None for each in found)
    rows = [
        [
            clip(each.name, _NAME),
            *(clip(_shown(value), _VALUE) for value in (each.one, each.other)),
            *([_change(each.change)] if changes else []),
        ]
        for each in found[:_MOST]
    ]
    heading = [title, "A", "B", *(["Change"] if changes else [])]
    more = len(found) - len(rows)
    return ["", *columns([heading, *rows], right=(3,)), *([f"and {more} more: --json lists all"] if more else [])]


def _nodes(nodes: Sequence[Mapping[str, Any]]) -> list[str]:
    rows = [
        [str(node["id"]), str(node["state"]), f"{node['seconds']:.1f}", _megabytes(node.get("peak_bytes"))]
        for node in nodes
    ]
    return ["", *columns([["Node", "State", "Seconds", "Peak MB"], *rows], right=(2, 3))] if rows else []


def _megabytes(size: int | None) -> str:
    return "" if size is None else f"{size / 1e6:,.0f}"


def _short(name: str) -> str:
    return name.partition(".")[2]


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return number(value) if abs(value) >= 1e-3 or not value else f"{value:.3g}"
    return value if isinstance(value, str) else json.dumps(value)


def _change(value: float | None) -> str:
    return "" if value is None else f"{value:+.4g}"
