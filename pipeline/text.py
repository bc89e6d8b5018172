"""Foreign text as it may be shown: no character in it moves a cursor, sets a colour or turns the direction of reading.

Column names, values, file names and what an engine says come from others, and a terminal takes some characters for
commands. Each is written as JSON would escape it, so that escaping JSON once more leaves JSON.
"""

import io
import math
import re
import sys
from typing import TextIO

# DEL and the controls of C1, lone surrogates, which cannot be written, the separators of lines and paragraphs, and what
# turns the direction of what follows, marks and overrides alike.
_KINDS = "\\x7f-\\x9f\\ud800-\\udfff\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069"
_IN_A_LINE = re.compile(f"[\\x00-\\x1f{_KINDS}]")
_IN_A_TEXT = re.compile(f"[\\x00-\\x08\\x0b-\\x1f{_KINDS}]")

UNKNOWN = "–"  # noqa: RUF001


def printable(text: str, *, lines: bool = False) -> str:
    r"""Return a text with its control characters escaped, as in `\u001b`.

    Args:
        text: The text.
        lines: Whether it may be of several lines, with tabs; else line breaks and tabs are escaped too.
    """
    return (_IN_A_TEXT if lines else _IN_A_LINE).sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def shortened(text: str, most: int = 40) -> str:
    """Return the text, cut to `most` characters."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def number(value: float | None) -> str:
    """Return a number as a person reads it: whole ones in groups of three digits, others with four digits."""
    if value is None or math.isnan(value):
        return UNKNOWN
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.0f}" if 1e4 <= abs(value) < 1e15 else f"{value:.4g}"


class PrintableStream(io.TextIOWrapper):
    """A stream of text that writes control characters escaped, but for line breaks and tabs."""

    #: What lies below, for what is printed with colours of our own.
    plain: TextIO

    def write(self, text: str) -> int:
        """Write a text."""
        super().write(printable(text, lines=True))
        return len(text)


def guard_streams() -> None:
    """Escape all that this process prints from Python: what Typer says of arguments, tracebacks and log lines too."""
    sys.stdout, sys.stderr = _guarded(sys.stdout), _guarded(sys.stderr)


def _guarded(stream: TextIO) -> TextIO:
    if not isinstance(stream, io.TextIOWrapper) or isinstance(stream, PrintableStream):
        return stream
    stream.flush()
    guarded = PrintableStream(
        stream.buffer,
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
    guarded.plain = stream
    return guarded
