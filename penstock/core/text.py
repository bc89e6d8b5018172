"""Text of others as it may be shown: short, with the known name it is nearest to, and without control characters.

Column names, values, file names and what an engine says come from others, and a terminal takes some characters for
commands. Each is written as JSON would escape it, so that escaping JSON once more leaves JSON.
"""

import difflib
import io
import math
import re
import sys
from collections.abc import Iterable
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


def shorten(text: str, longest: int = 60) -> str:
    """Return a text on one line, cut to a length that fits a sentence or a cell of a table."""
    flat = " ".join(text.split())
    return flat if len(flat) <= longest else flat[: longest - 3] + "..."


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ` (did you mean ...?)` with the nearest known name, or nothing where none is near."""
    names = list(known)
    same_but_case = [other for other in names if other.lower() == name.lower()]
    found = same_but_case or difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    return f" (did you mean {found[0]!r}?)" if found else ""


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
