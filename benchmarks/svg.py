"""Pictures in SVG that are the same whenever the figures are."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SETTINGS = {"svg.fonttype": "none", "svg.hashsalt": "penstock", "font.size": 9, "font.family": "sans-serif"}


@contextmanager
def drawn(target: Path, size: tuple[float, float]) -> Iterator[Any]:
    """Give an empty figure, and write what was drawn on it.

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
