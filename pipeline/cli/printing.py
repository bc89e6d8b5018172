"""The output of the command: lines, JSON and rich's console, with control characters of the data escaped.

Every verb prints through these functions; the linter bans `print` elsewhere.
"""

import json
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TextIO

from penstock.core.text import printable

if TYPE_CHECKING:
    from rich.console import Console


def print_lines(*lines: str) -> None:
    """Print each text as one line."""
    sys.stdout.write("".join(f"{printable(line)}\n" for line in lines))


def print_text(text: str) -> None:
    """Print a text of several lines, such as a document."""
    sys.stdout.write(printable(text, lines=True))


def print_errors(lines: Iterable[str]) -> None:
    """Print lines to standard error."""
    sys.stderr.write("".join(f"{printable(line)}\n" for line in lines))


def print_json(values: Any) -> None:
    """Print one object of JSON, in ASCII, as one line."""
    print_lines(json.dumps(values, default=str))


def console(stream: TextIO | None = None, **options: Any) -> "Console":
    """Return a rich console that interprets no markup and no emoji codes, and escapes control characters."""
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.segment import Segment
    from rich.text import Text

    class Plain(Console):
        def render_str(self, text: str, **given: Any) -> Text:
            return super().render_str(printable(text), **{**given, "markup": False, "emoji": False})

        def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
            for segment in super().render(renderable, options):
                text = segment.text if segment.control else printable(segment.text, lines=True)
                yield Segment(text, segment.style, segment.control)

    file = stream or sys.stdout
    return Plain(file=getattr(file, "plain", file), highlight=False, markup=False, emoji=False, **options)
