"""Relative skill of each model by table, as one plot: 0 is the baseline, 1 HistGradientBoosting."""

from pathlib import Path

from benchmarks.quality import peers
from benchmarks.quality.models import BEST
from benchmarks.quality.summary import FAMILIES, median, metric_of, tables
from benchmarks.results import Results
from benchmarks.svg import svg_figure

_LEAST, _MOST = -0.05, 1.35
_STYLES = {
    peers.LINEAR: {"color": "#b8bcc4", "marker": "|", "label": "scikit-learn's linear"},
    "linear": {"color": "#7a9cc6", "marker": "v", "label": "linear"},
    "neural": {"color": "#d98c2b", "marker": "s", "label": "neural"},
    "trees": {"color": "#3f9b6d", "marker": "^", "label": "trees"},
    "auto": {"color": "#0b6bcb", "marker": "o", "label": "auto"},
    BEST: {"color": "#333333", "marker": "*", "label": BEST},
}


def skills(results: Results) -> dict[str, dict[str, float]]:
    """Return the relative skill by table and model: 0 is the baseline, 1 HistGradientBoosting."""
    found: dict[str, dict[str, float]] = {}
    for table in tables(results):
        metric, _ = metric_of(results, table)
        low, high = (median(results, table, name, "scores", metric) for name in (peers.BASELINE, peers.BOOSTING))
        if low is None or high is None or low == high:
            continue
        values = {name: median(results, table, name, "scores", metric) for name in (peers.LINEAR, *FAMILIES, BEST)}
        found[table] = {name: (value - low) / (high - low) for name, value in values.items() if value is not None}
    return found


def draw(results: Results, target: Path) -> None:
    """Draw the plot; the same results give the same file."""
    found = skills(results)
    with svg_figure(target, (9, 0.9 + 0.32 * len(found))) as figure:
        axes = figure.subplots()
        for model, style in _STYLES.items():
            points = [(line, by[model]) for line, by in enumerate(found.values()) if model in by]
            places = [min(max(value, _LEAST), _MOST) for _, value in points]
            axes.plot(places, [line for line, _ in points], linestyle="", **style)
        axes.axvline(1, color="#8a8f98", linewidth=1)
        axes.set_yticks(range(len(found)), list(found))
        axes.invert_yaxis()
        axes.set(xlim=(_LEAST - 0.02, _MOST + 0.02), xlabel="0: the baseline; 1: HistGradientBoosting")
        axes.grid(alpha=0.25)
        figure.legend(loc="outside upper center", ncols=len(_STYLES), frameon=False)
