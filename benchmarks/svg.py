"""SVG plots that are reproducible: the same values give the same file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SETTINGS = {"svg.fonttype": "none", "svg.hashsalt": "penstock", "font.size": 9, "font.family": "sans-serif"}


@contextmanager
def svg_figure(target: Path, size: tuple[float, float]) -> Iterator[Any]:
    """Yield an empty figure, and write it as SVG at the end.

    Args:
        target: The file.
        size: Width and height in inches.
    """
    import matplotlib

    with matplotlib.rc_context(SETTINGS):
        from matplotlib.figure import Figure

        figure = Figure(figsize=size, layout="constrained")
        yield figure
        figure.savefig(target, format="svg", metadata={"Date": None})
