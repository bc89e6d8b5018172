"""HTML from the templates in `templates/`: every value is escaped, nothing is loaded and nothing runs.

Markup is written in the templates and in the literals of this file, and nowhere else. Jinja2 is imported when the first
page is drawn: the import takes 0.1 s.
"""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from markupsafe import Markup, escape

from penstock.core.text import abbreviate, number, printable, shorten

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).with_name("templates")
# The digits of a spread that are shown, the longest decimals, and the digits that a float has.
_SPREAD_DIGITS, _MOST_PLACES, _EXACT_DIGITS = 3, 6, 15
_LARGE = 1e7


@dataclass(frozen=True)
class Page:
    """A page in a notebook: markup with its style.

    Attributes:
        body: The markup.
    """

    body: Markup

    def _repr_html_(self) -> str:
        return str(drawn("page.html", "page", body=self.body))

    def __repr__(self) -> str:
        return f"<page of {len(self.body):,} characters>"


def drawn(template: str, macro: str, **values: Any) -> Markup:
    """Return the markup that a macro of a template draws.

    Raises:
        UndefinedError: The macro uses a value that is not among the arguments.
    """
    markup: Markup = getattr(environment().get_template(template).module, macro)(**values)
    return markup


@cache
def environment() -> "Environment":
    """Return the templates with their filters and functions."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    templates = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=FileSystemLoader(TEMPLATES),
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=visible,
    )
    templates.filters |= {"number": number, "measure": measure, "percent": percent, "shorten": shorten, "px": px}
    templates.filters["abbreviate"] = abbreviate
    templates.globals |= {"table": table, "mark": mark}
    return templates


def visible(value: Any) -> Any:
    """Return a text with its control characters and marks of direction escaped; markup and other values unchanged."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return printable(value, lines=True)
    return value


def safe(text: object) -> Markup:
    """Return a text as markup, with its control characters and marks of direction escaped."""
    return escape(visible(text if isinstance(text, Markup) else str(text)))


def mark(kind: Literal["good", "bad", "dim"], text: object) -> Markup:
    """Return a text that is coloured as good or as bad, or dimmed."""
    return Markup('<span class="{}">{}</span>').format(kind, safe(text))


def code(text: object) -> Markup:
    """Return a text in the style of code."""
    return Markup("<code>{}</code>").format(safe(text))


def strong(text: object) -> Markup:
    """Return a text in bold."""
    return Markup("<strong>{}</strong>").format(safe(text))


def stacked(lines: Iterable[object]) -> Markup:
    """Return the lines one below the other."""
    return Markup("<br>").join(map(safe, lines))


def joined(parts: Iterable[object]) -> Markup:
    """Return the parts one after the other."""
    return Markup("").join(map(safe, parts))


def table(headings: Sequence[object], rows: Iterable[Sequence[object]], numbers: Collection[int] = ()) -> Markup:
    """Return a table; the columns at the positions `numbers` are aligned right, and the last one may wrap.

    Raises:
        ValueError: A row has more or fewer cells than there are headings.
    """
    last = len(headings) - 1
    classes = ["n" if n in numbers else "wrap" if n == last else "" for n in range(len(headings))]
    cells = [list(zip(row, classes, strict=True)) for row in rows]
    return drawn("parts.html", "table", headings=list(zip(headings, classes, strict=True)), rows=cells)


def measure(value: float | None) -> str:
    """Return a number for a narrow column: large ones with four digits and a power of ten."""
    return f"{value:.4g}" if value is not None and _LARGE <= abs(value) < math.inf else number(value)


def to_scale(value: float | None, spread: float | None) -> str:
    """Return a number with the digits that matter next to a spread, such as a standard deviation: three of its own.

    A whole number has no decimals, and one of ten millions or more has a power of ten if its last digits do not matter.
    Without a spread it has the digits of `measure`.
    """
    if value is None or not spread or not (math.isfinite(value) and math.isfinite(spread)):
        return measure(value)
    places = _SPREAD_DIGITS - 1 - math.floor(math.log10(spread))
    if value and abs(value) < 0.5 * 10.0**-places:
        return f"{value:.2g}"
    is_whole = float(value).is_integer()
    if (abs(value) >= _LARGE and places < 0) or (places > _MOST_PLACES and not is_whole):
        digits = math.floor(math.log10(abs(value))) + 1 + places
        return f"{value:.{min(max(digits, 2), _EXACT_DIGITS)}g}"
    return f"{value + 0.0:,.{0 if is_whole else max(places, 0)}f}"


def percent(share: float) -> str:
    """Return a share as a percentage; a small share is never rounded to 0 %, a large one never to 100 %."""
    if 0 < share < 0.0005:
        return "< 0.1 %"
    if 0.9995 <= share < 1:
        return "> 99.9 %"
    return f"{100 * share:.1f} %"


def px(value: float) -> str:
    """Return a coordinate or a length in a drawing, to a tenth of a pixel."""
    return f"{value:.1f}"
