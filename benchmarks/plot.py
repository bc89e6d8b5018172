"""Seconds by number of rows, of the whole process and of the slowest nodes, as one plot."""

from pathlib import Path
from typing import Any

from benchmarks.results import Results
from benchmarks.summary import FIRST, medians, sizes
from benchmarks.svg import svg_figure
from benchmarks.systems import PENSTOCK, UPSTREAM

NODES = ("ExampleGen", "StatisticsGen", "Transform", "Trainer", "Evaluator")
_WHOLE = "whole process"
_STYLES = {UPSTREAM: {"color": "#8a8f98", "marker": "s"}, PENSTOCK: {"color": "#0b6bcb", "marker": "o"}}


def lines(results: Results) -> dict[str, dict[str, dict[int, float]]]:
    """Return the median seconds of the first runs, by panel, system and number of rows."""
    found: dict[str, dict[str, dict[int, float]]] = {}
    for panel in (_WHOLE, *NODES):
        for system in _STYLES:
            for rows in sizes(results):
                of = medians(results, system, rows, FIRST)
                seconds = of and (of.seconds if panel == _WHOLE else of.nodes.get(panel))
                if seconds:
                    found.setdefault(panel, {}).setdefault(system, {})[rows] = seconds
    return found


def draw(results: Results, target: Path) -> None:
    """Draw the plot; the same results give the same file."""
    with svg_figure(target, (9, 5.4)) as figure:
        panels = figure.subplots(2, 3, sharex=True, sharey=True).ravel()  # so that slopes compare
        for axes, (name, by_system) in zip(panels, lines(results).items(), strict=False):
            _panel(axes, name, by_system)
        panels[0].legend(frameon=False)
        figure.supxlabel("rows")
        figure.supylabel("seconds, median of first runs")


def _panel(axes: Any, name: str, by_system: dict[str, dict[int, float]]) -> None:
    from matplotlib.ticker import LogLocator

    for system, points in by_system.items():
        axes.plot(list(points), list(points.values()), label=system, **_STYLES[system])
    # What Penstock's smallest size would become if each row cost the same.
    points = by_system.get(PENSTOCK, {})
    if len(points) > 1:
        small = min(points)
        axes.plot(list(points), [points[small] * rows / small for rows in points], ":", color="#b8bcc4", label="linear")
    axes.set(title=name, xscale="log", yscale="log")
    axes.grid(alpha=0.25, which="major")
    ticks = sorted({rows for points in by_system.values() for rows in points})
    axes.set_xticks(ticks, [f"{rows:,}" for rows in ticks])
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 3)))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.minorticks_off()
