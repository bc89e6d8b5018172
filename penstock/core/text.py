"""Untrusted text for the screen: shortened, without control characters, and with the nearest known name.

Column names, values, file names and messages of an engine are untrusted, and a terminal interprets control characters.
Each is escaped as in JSON, so that JSON which is escaped again stays JSON.
"""

import difflib
import io
import math
import re
import sys
from collections.abc import Iterable
from typing import TextIO

# DEL and the C1 controls, lone surrogates, which cannot be encoded, line and paragraph separators, and the marks and
# overrides that change the direction of text.
_KINDS = "\\x7f-\\x9f\\ud800-\\udfff\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069"
_IN_A_LINE = re.compile(f"[\\x00-\\x1f{_KINDS}]")
_IN_A_TEXT = re.compile(f"[\\x00-\\x08\\x0b-\\x1f{_KINDS}]")

UNKNOWN = "–"  # noqa: RUF001


def printable(text: str, *, lines: bool = False) -> str:
    r"""Return a text with its control characters escaped, as in `\u001b`.

    Args:
        text: The text.
        lines: Whether line breaks and tabs are left unescaped.
    """
    return (_IN_A_TEXT if lines else _IN_A_LINE).sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def shorten(text: str, longest: int = 60) -> str:
    """Return a text on one line, cut to at most `longest` characters."""
    flat = " ".join(text.split())
    return flat if len(flat) <= longest else flat[: longest - 3] + "..."


def abbreviate(text: str, longest: int) -> str:
    """Return a text on one line, cut in the middle: long names often differ at their end."""
    flat = " ".join(text.split())
    if len(flat) <= longest:
        return flat
    head = max(1, (longest - 3) // 2)
    return f"{flat[:head]}...{flat[len(flat) - max(1, longest - 3 - head) :]}"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ` (did you mean ...?)` with the nearest known name, or an empty text if none is similar."""
    names = list(known)
    same_but_case = [other for other in names if other.lower() == name.lower()]
    found = same_but_case or difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    return f" (did you mean {found[0]!r}?)" if found else ""


def number(value: float | None) -> str:
    """Return a number for display: integers with thousands separators, others with four significant digits."""
    if value is None or math.isnan(value):
        return UNKNOWN
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.0f}" if 1e4 <= abs(value) < 1e15 else f"{value:.4g}"


class PrintableStream(io.TextIOWrapper):
    """A text stream that escapes control characters other than line breaks and tabs."""

    #: The wrapped stream, for output with our own colours.
    plain: TextIO

    def write(self, text: str) -> int:
        """Write a text."""
        super().write(printable(text, lines=True))
        return len(text)


def guard_streams() -> None:
    """Escape all Python output of this process: messages of Typer, tracebacks and log lines included."""
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


def counted(number: int, word: str, plural: str = "") -> str:
    """Return a number of things in words, such as `1 column`."""
    return f"{number:,} {word if number == 1 else plural or f'{word}s'}"
