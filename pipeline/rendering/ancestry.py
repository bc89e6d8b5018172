"""A version's ancestry as a picture: files at the top, executions and artifacts below, the version at the foot."""

import os
from dataclasses import dataclass

from pipeline.ancestry import BASELINE, Ancestry
from pipeline.rendering.layers import Layout, lay_out
from pipeline.rendering.markup import Markup, Page, tag
from pipeline.text import shorten

_WIDTH, _HEIGHT, _GAP_X, _GAP_Y, _MARGIN = 168, 34, 22, 24, 8
_MOST_FILES = 6
_FILLS = {"file": "#8a8f98", "step": "#3b7fb8", "artifact": "none", "version": "#16884a"}


@dataclass(frozen=True)
class _Box:
    kind: str
    title: str
    note: str


def picture(graph: Ancestry) -> Page:
    """Return the graph as inline SVG; the way to a baseline, which is only compared with, is dashed."""
    boxes = _boxes(graph)
    edges = {(source, target): key for source, target, key in [*graph.edges, *_from_files(graph)]}
    layout = lay_out(list(boxes), edges)
    width = round(layout.width * (_WIDTH + _GAP_X)) - _GAP_X + 2 * _MARGIN
    height = layout.height * (_HEIGHT + _GAP_Y) - _GAP_Y + 2 * _MARGIN
    lines = [_line(layout, edge, dashed=key == BASELINE) for edge, key in edges.items()]
    drawn = [_box(box, *_corner(*layout.places[name])) for name, box in boxes.items()]
    return Page(tag("svg", *lines, *drawn, width=width, height=height, viewBox=f"0 0 {width} {height}", role="img"))


def _boxes(graph: Ancestry) -> dict[str, _Box]:
    boxes: dict[str, _Box] = {}
    for origin in graph.origins:
        files = origin.files or ()
        for position, file in enumerate(files[:_MOST_FILES]):
            boxes[f"file-{origin.artifact}-{position}"] = _Box(
                "file", os.path.basename(file["path"]), f"sha256 {file['sha256'][:12]}…"
            )
        if len(files) > _MOST_FILES:
            boxes[f"file-{origin.artifact}-more"] = _Box("file", f"and {len(files) - _MOST_FILES:,} more files", "")
    for step in graph.steps.values():
        boxes[f"execution-{step.id}"] = _Box("step", step.node, f"run {step.run}")
    for artifact in graph.artifacts.values():
        if artifact.id == graph.pushed:
            boxes[f"artifact-{artifact.id}"] = _Box("version", f"version {graph.version}", artifact.type)
        else:
            boxes[f"artifact-{artifact.id}"] = _Box("artifact", artifact.type, f"artifact {artifact.id}")
    return boxes


def _from_files(graph: Ancestry) -> list[tuple[str, str, str]]:
    return [
        (name, f"execution-{graph.makers[origin.artifact]}", "source")
        for origin in graph.origins
        if origin.artifact in graph.makers
        for name in _boxes(graph)
        if name.startswith(f"file-{origin.artifact}-")
    ]


def _corner(column: float, layer: int) -> tuple[float, float]:
    return _MARGIN + column * (_WIDTH + _GAP_X), _MARGIN + layer * (_HEIGHT + _GAP_Y)


def _line(layout: Layout, edge: tuple[str, str], *, dashed: bool) -> Markup:
    """Return a curve from the foot of the first box to the head of the last, through the places between."""
    corners = [_corner(*place) for place in layout.ways[edge]]
    middles = [(x + _WIDTH / 2, y) for x, y in corners]
    points = [(middles[0][0], middles[0][1] + _HEIGHT)]
    for x, y in middles[1:-1]:
        points += [(x, y), (x, y + _HEIGHT)]
    points.append(middles[-1])
    path = f"M{points[0][0]:.1f},{points[0][1]:.1f}"
    for (x1, y1), (x2, y2) in zip(points, points[1:], strict=False):
        half = (y1 + y2) / 2
        path += f" C{x1:.1f},{half:.1f} {x2:.1f},{half:.1f} {x2:.1f},{y2:.1f}"
    dashes = "5 4" if dashed else None
    return tag("path", d=path, fill="none", stroke="currentColor", stroke_opacity=".45", stroke_dasharray=dashes)


def _box(box: _Box, x: float, y: float) -> Markup:
    filled = _FILLS[box.kind] != "none"
    ink = "fill: #fff" if filled else None
    middle = x + _WIDTH / 2
    shape = {"width": _WIDTH, "height": _HEIGHT, "rx": 4 if box.kind == "step" else _HEIGHT / 2}
    return tag(
        "g",
        tag("title", f"{box.title}, {box.note}"),
        tag(
            "rect",
            x=f"{x:.1f}",
            y=f"{y:.1f}",
            **shape,
            fill=_FILLS[box.kind],
            stroke=None if filled else "currentColor",
            stroke_opacity=".5",
        ),
        tag(
            "text",
            shorten(box.title, 24),
            x=f"{middle:.1f}",
            y=f"{y + 14:.1f}",
            text_anchor="middle",
            font_size=12,
            font_weight=600,
            style=ink,
        ),
        tag(
            "text",
            shorten(box.note, 28),
            x=f"{middle:.1f}",
            y=f"{y + 27:.1f}",
            text_anchor="middle",
            font_size=10,
            style=ink,
        ),
    )
