"""What the command prints: lines, an object of JSON, and what rich draws; all without foreign control characters.

All that a verb prints goes through here; the linter bans `print` elsewhere.
"""

import json
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TextIO

from penstock.core.text import printable

if TYPE_CHECKING:
    from rich.console import Console


def tell(*lines: str) -> None:
    """Print each text as one line."""
    sys.stdout.write("".join(f"{printable(line)}\n" for line in lines))


def tell_error(lines: Iterable[str]) -> None:
    """Print lines to standard error."""
    sys.stderr.write("".join(f"{printable(line)}\n" for line in lines))


def tell_json(values: Any) -> None:
    """Print one object of JSON, in ASCII, as one line."""
    tell(json.dumps(values, default=str))


def console(stream: TextIO | None = None, **options: Any) -> "Console":
    """Return rich's console, which takes each text as it is: no markup, no emoji codes, no control characters."""
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
