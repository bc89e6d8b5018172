"""Errors in delimited files that DuckDB does not detect: rows would be lost, or values be assigned to other columns.

DuckDB drops an empty extra value at the end of a row: `Smith, John,` with two columns has three values, because a value
with a delimiter is not quoted. If text follows a closing quote, it drops the rows up to some later quote. In a table of
one column, where a blank line is a row, it reads mixed line endings as further rows.

The scan for these errors takes 0.04 s of CPU time for 100,000 rows of 18 columns, Python's strict csv reader 0.09 s,
and DuckDB's own reading 0.24 s. So the csv reader runs only on files in which the scan finds a suspect place.
"""

import csv
from codecs import BOM_UTF8
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np

from penstock.tables.files.compression import open_decompressed
from penstock.tables.files.faults import first_fault, first_malformed_row

_CHUNK = 1 << 22
_QUOTE, _BLANK = 34, 32
# The number of spaces after a closing quote that are skipped.
_BLANKS = 100


def check_undetected_faults(path: Path, delimiter: str, width: int) -> None:
    """Raise a DataError if a delimited file has an error that DuckDB does not detect.

    Args:
        path: The file.
        delimiter: The delimiter.
        width: The number of columns.

    Raises:
        DataError: The sentence names the line.
    """
    # A suspect place may be inside a quoted value; the strict csv reader, which is slower, decides.
    fault = None
    if _is_suspect(path, delimiter.encode(), width):
        # Mixed line endings matter only if a blank line is a row, and never inside quotes.
        fault = first_malformed_row(path, delimiter) if width > 1 else first_fault(path, delimiter)
    if fault:
        raise fault


def _is_suspect(path: Path, separator: bytes, width: int) -> bool:
    """Say whether a quote may be inside a value, a line have an extra value, or line endings be mixed."""
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
    # Any line ending is allowed inside quotes.
    return is_open or (width == 1 and not is_quoted)


def _has_stray_quote(lines: bytes, separator: bytes, is_open: bool) -> bool:
    """Say whether text precedes an opening quote or follows a closing one; spaces are allowed there."""
    signs = np.frombuffer(lines, np.uint8)
    quotes = np.flatnonzero(signs == _QUOTE)
    edges = np.frombuffer(separator + b'\r\n"', np.uint8)
    opening, closing = quotes[int(is_open) :: 2], quotes[1 - int(is_open) :: 2]
    opening = opening[opening > 0]
    suspect = opening[~np.isin(signs[opening - 1], edges)]
    if not all(
        place > 0 and lines[place - 1] == _BLANK and (place < 2 or lines[place - 2] in edges) for place in suspect
    ):
        return True
    suspect = closing[~np.isin(signs[closing + 1], edges)]
    return not all(
        lines[place + 1 : place + 1 + _BLANKS].lstrip(b" ")[:1] in (separator, b"\r", b"\n") for place in suspect
    )


def _chunks(path: Path) -> Iterator[bytes]:
    """Yield chunks of complete lines; a line ending is added to the last one."""
    rest = b""
    with open_decompressed(path) as stream:
        while chunk := stream.read(_CHUNK):
            chunk = rest + chunk
            end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r")) + 1
            yield chunk[:end]
            rest = chunk[end:]
    yield rest + b"\n"


def _ending_with(lines: bytes, separator: bytes) -> Iterator[bytes]:
    """Yield the lines, without line endings, whose last value is empty or an empty quoted value."""
    for last, end in product((separator, separator + b'""'), (b"\n", b"\r")):
        place = lines.find(last + end)
        while place >= 0:
            first = max(lines.rfind(b"\n", 0, place), lines.rfind(b"\r", 0, place)) + 1
            yield lines[first : place + len(last)]
            place = lines.find(last + end, place + 1)


def _may_be_overlong(line: bytes, separator: bytes, width: int) -> bool:
    if line.count(b'"') % 2:
        return True  # The line ends a quoted value, and so a row, that began on a line before.
    if line.count(separator) < width or b'"' not in line:
        return line.count(separator) >= width
    try:
        return len(next(csv.reader([line.decode()], delimiter=separator.decode(), strict=True))) > width
    except (csv.Error, UnicodeDecodeError):
        return True
