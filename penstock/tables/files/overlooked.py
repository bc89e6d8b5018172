"""Faults of delimited files that the engine overlooks: rows would be lost, or their values be those of other columns.

A row with one value too many, which is empty, is taken without it: `Smith, John,` of two columns has three values, of
which a delimiter without quotes made two. Where a value goes on after its quotes, the rows up to some later quote are
left out. In a table of one column, where a blank line is a row, line ends of two kinds are two rows.
"""

import csv
from codecs import BOM_UTF8
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np

from penstock.tables.files.compression import plain
from penstock.tables.files.faults import malformed, malformed_row

_CHUNK = 1 << 22
_QUOTE, _BLANK = 34, 32
# So many blanks after a quote that closes a value are looked over.
_BLANKS = 100


def check_overlooked(path: Path, delimiter: str, width: int) -> None:
    """Raise a DataError where a delimited file has a fault that the engine overlooks.

    Args:
        path: The file.
        delimiter: What separates the values.
        width: The number of columns.

    Raises:
        DataError: The sentence names the line.
    """
    # What looks like a fault may be part of a quoted value; a reading by the book, which takes longer, decides.
    fault = None
    if _is_suspect(path, delimiter.encode(), width):
        # Where a blank line is no row, line ends of two kinds do no harm, and those between quotes never do.
        fault = malformed_row(path, delimiter) if width > 1 else malformed(path, delimiter)
    if fault:
        raise fault


def _is_suspect(path: Path, separator: bytes, width: int) -> bool:
    """Say whether a quote may stand inside a value, a line have a value too many, or line ends be of two kinds."""
    is_open = is_quoted = False
    for number, lines in enumerate(_chunks(path)):
        lines = lines.removeprefix(BOM_UTF8) if number == 0 else lines
        if b'"' in lines:
            if _has_stray_quote(lines, separator, is_open):
                return True
            is_quoted = True
            is_open ^= lines.count(b'"') % 2 == 1
        if any(_may_be_overlong(line, separator, width) for line in _ending_with(lines, separator)):
            return True
    # Line ends between quotes may be of any kind.
    return is_open or (width == 1 and not is_quoted)


def _has_stray_quote(lines: bytes, separator: bytes, is_open: bool) -> bool:
    """Say whether a quote opens a value that began before, or closes one that goes on; a blank may be between."""
    signs = np.frombuffer(lines, np.uint8)
    quotes = np.flatnonzero(signs == _QUOTE)
    edges = np.frombuffer(separator + b'\r\n"', np.uint8)
    opening, closing = quotes[int(is_open) :: 2], quotes[1 - int(is_open) :: 2]
    opening = opening[opening > 0]
    odd = opening[~np.isin(signs[opening - 1], edges)]
    if not all(place > 0 and lines[place - 1] == _BLANK and (place < 2 or lines[place - 2] in edges) for place in odd):
        return True
    odd = closing[~np.isin(signs[closing + 1], edges)]
    return not all(
        lines[place + 1 : place + 1 + _BLANKS].lstrip(b" ")[:1] in (separator, b"\r", b"\n") for place in odd
    )


def _chunks(path: Path) -> Iterator[bytes]:
    """Yield whole lines, many at a time; the last one has an end too."""
    rest = b""
    with plain(path) as stream:
        while chunk := stream.read(_CHUNK):
            chunk = rest + chunk
            whole = max(chunk.rfind(b"\n"), chunk.rfind(b"\r")) + 1
            yield chunk[:whole]
            rest = chunk[whole:]
    yield rest + b"\n"


def _ending_with(lines: bytes, separator: bytes) -> Iterator[bytes]:
    """Yield the lines whose last value is empty, with quotes or without, but for their ends."""
    for last, end in product((separator, separator + b'""'), (b"\n", b"\r")):
        place = lines.find(last + end)
        while place >= 0:
            first = max(lines.rfind(b"\n", 0, place), lines.rfind(b"\r", 0, place)) + 1
            yield lines[first : place + len(last)]
            place = lines.find(last + end, place + 1)


def _may_be_overlong(line: bytes, separator: bytes, width: int) -> bool:
    if line.count(b'"') % 2:
        return True  # The end of a value that began on a line before, and so is that of a row.
    if line.count(separator) < width or b'"' not in line:
        return line.count(separator) >= width
    try:
        return len(next(csv.reader([line.decode()], delimiter=separator.decode(), strict=True))) > width
    except (csv.Error, UnicodeDecodeError):
        return True
