"""Two runs compared, as lines of 80 columns: the parts, the metrics, and the settings that differ."""

import textwrap
from typing import TYPE_CHECKING

from penstock.comparison.result import shown
from pipeline.cli.text.columns import WIDTH, clip, columns, number

if TYPE_CHECKING:
    from penstock.comparison.result import Part
    from pipeline.comparison.runs import Comparison
    from pipeline.comparison.selection import Selected

_MOST_SETTINGS = 10
_NAME, _LEVEL = 12, 11


def comparison_lines(found: "Comparison", states: tuple[str, str]) -> list[str]:
    """Return the lines of a comparison.

    Args:
        found: The comparison.
        states: The result of each run as a text.
    """
    return [
        _run("A", found.one, states[0]),
        _run("B", found.other, states[1]),
        "",
        *(line for part in found.parts for line in _part(part)),
        *_metrics(found),
        *_changes(found),
        "",
        _conclusion(found),
    ]


def _run(letter: str, selected: "Selected", state: str) -> str:
    return clip(f"{letter}  {selected.run.id}: {state}{f', in {selected.folder}' if selected.folder else ''}")


def _part(part: "Part") -> list[str]:
    indent = " " * (_NAME + _LEVEL)
    begin = f"{part.name:<{_NAME}}{part.level:<{_LEVEL}}"
    lines = textwrap.wrap(part.words, WIDTH, initial_indent=begin, subsequent_indent=indent)
    # A difference that the first line has is not repeated.
    return [*lines, *(clip(f"{indent}{line}") for line in part.details if line not in part.words)]


def _metrics(found: "Comparison") -> list[str]:
    rows = [
        [name, number(each["a"]), number(each["b"]), _difference(each["difference"])]
        for name, each in found.metrics.items()
    ]
    return ["", *columns([["Metric", "A", "B", "Difference"], *rows], right=(1, 2, 3))] if rows else []


def _difference(value: float | None) -> str:
    return "-" if value is None else "0" if not value else f"{value:+.2g}"


def _changes(found: "Comparison") -> list[str]:
    settings, code = found.changes.settings, found.changes.code
    lines = []
    if settings:
        rows = [
            [each.node, clip(each.name, 34), *(clip(shown(value), 13) for value in (each.one, each.other))]
            for each in settings[:_MOST_SETTINGS]
        ]
        lines += ["", *columns([["Node", "Setting that differs", "A", "B"], *rows])]
    if len(settings) > _MOST_SETTINGS:
        lines.append(f"and {len(settings) - _MOST_SETTINGS} more: --json lists all")
    if code:
        lines += ["", *textwrap.wrap(f"Code that differs: {', '.join(code)}", WIDTH, subsequent_indent="  ")]
    return lines


def _conclusion(found: "Comparison") -> str:
    if not found.unequal:
        return f"Equal within a tolerance of {found.tolerance:g}."
    unknown = [part.name for part in found.parts if part.level == "unknown"]
    different = [name for name in found.unequal if name not in unknown]
    words = [f"Different: {', '.join(different)}"] if different else []
    words += [f"Cannot be compared: {', '.join(unknown)}"] if unknown else []
    return f"{'. '.join(words)}. Tolerance: {found.tolerance:g}."
