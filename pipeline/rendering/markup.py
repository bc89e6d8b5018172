"""HTML and SVG from plain values: all that is not markup already is escaped."""

import html
import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

# Only colours that a light and a dark page both bear; text takes the page's own.
# Notebooks style tables and code too, hence the insisting.
STYLE = """
.penstock { font: 13px/1.45 system-ui, -apple-system, "Segoe UI", sans-serif; max-width: 1000px; overflow-x: auto; }
.penstock h3 { font-size: 15px; font-weight: 600; margin: 14px 0 6px; }
.penstock h4 { font-size: 13px; font-weight: 600; margin: 12px 0 4px; opacity: .75; }
.penstock p { margin: 4px 0; }
.penstock table { border-collapse: collapse; margin: 4px 0 8px; font: inherit; font-variant-numeric: tabular-nums; }
.penstock th, .penstock td { padding: 3px 11px 3px 0; line-height: 18px !important; vertical-align: middle; border: 0;
  text-align: left !important;
  border-bottom: 1px solid rgba(128, 128, 128, .22); background: none; white-space: nowrap; max-width: none; }
.penstock td.wrap { white-space: normal; }
.penstock th { font-weight: 600; opacity: .7; border-bottom-color: rgba(128, 128, 128, .5); vertical-align: bottom; }
.penstock th.n, .penstock td.n { text-align: right !important; }
.penstock tr { background: none !important; }
.penstock .dim { opacity: .6; }
.penstock .good { color: #16884a; font-weight: 600; }
.penstock .bad { color: #cf3a3a; font-weight: 600; }
.penstock code { font: 12px ui-monospace, Menlo, Consolas, monospace; background: none !important; color: inherit;
  padding: 0 !important; white-space: pre-wrap; }
.penstock svg { display: block; }
.penstock svg text { fill: currentColor; font-family: inherit; }
""".strip()

UNKNOWN = "–"  # noqa: RUF001


class Markup(str):
    """Text that is HTML already, and is not escaped again."""


@dataclass(frozen=True)
class Page:
    """What a notebook shows: markup with its style.

    Attributes:
        body: The markup.
    """

    body: Markup

    def _repr_html_(self) -> str:
        return f'<style>{STYLE}</style><div class="penstock">{self.body}</div>'

    def __repr__(self) -> str:
        return f"<page of {len(self.body):,} characters>"


def escape(value: object) -> Markup:
    """Return a value as markup; what is markup stays as it is."""
    return value if isinstance(value, Markup) else Markup(html.escape(str(value)))


def join(parts: Iterable[object]) -> Markup:
    """Return the parts one after the other."""
    return Markup("".join(escape(part) for part in parts))


def tag(name: str, *content: object, **attributes: object) -> Markup:
    """Return an element; `class_` becomes `class`, `stroke_width` becomes `stroke-width`, None leaves one out."""
    written = "".join(
        f' {key.strip("_").replace("_", "-")}="{html.escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{name}{written}>{join(content)}</{name}>")


def stacked(lines: Iterable[object]) -> Markup:
    """Return the lines one below the other."""
    return Markup("<br>".join(escape(line) for line in lines))


def table(headings: Sequence[object], rows: Iterable[Sequence[object]], numbers: Collection[int] = ()) -> Markup:
    """Return a table; the columns at the positions `numbers` are set flush right, and the last one may wrap."""
    last = len(headings) - 1
    classes = ["n" if n in numbers else "wrap" if n == last else None for n in range(len(headings))]
    head = tag("tr", *(tag("th", cell, class_=kind) for cell, kind in zip(headings, classes, strict=True)))
    body = [tag("tr", *(tag("td", cell, class_=kind) for cell, kind in zip(row, classes, strict=True))) for row in rows]
    return tag("table", tag("thead", head), tag("tbody", *body))


def number(value: float | None) -> str:
    """Return a number as a person reads it: whole ones in groups of three digits, others with four digits."""
    if value is None or math.isnan(value):
        return UNKNOWN
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.0f}" if 1e4 <= abs(value) < 1e15 else f"{value:.4g}"


def measure(value: float | None) -> str:
    """Return a measured number in the room of a narrow column: large ones with four digits and a power of ten."""
    return f"{value:.4g}" if value is not None and 1e7 <= abs(value) < math.inf else number(value)


def percent(share: float) -> str:
    """Return a share as a percentage; what is there is never called 0 %, and what is not all never 100 %."""
    if 0 < share < 0.0005:
        return "< 0.1 %"
    if 0.9995 <= share < 1:
        return "> 99.9 %"
    return f"{100 * share:.1f} %"
