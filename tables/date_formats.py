"""How dates are written in several delimited files: one format for all of them, or a sentence.

DuckDB tells the format of each file by that file alone: beside 12/31/2021 in one file, 01/02/2021 in the next would be
the first of February.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from pathlib import Path

from pipeline.errors import DataError
from tables.files import Files

# What DuckDB names no format for: it reads it beside any other.
_ISO = "%Y-%m-%d %H:%M:%S"
_KINDS = ("DATE", "TIMESTAMP")
_OPTIONS = ("dateformat", "timestampformat")

Sniffed = tuple[str | None, str | None, list[dict[str, str]]]
Sniff = Callable[[Path], Sniffed]
Describe = Callable[[Mapping[str, str]], Mapping[str, str]]


def common_formats(
    files: Files, places: Sequence[Path], types: Mapping[str, str], sniff: Sniff, describe: Describe
) -> dict[str, str]:
    """Return the options by which all files are read alike; none where each file tells the same.

    Args:
        files: The files, as errors name them.
        places: What is read in place of each.
        types: The columns with their types, each file read as it tells.
        sniff: Gives a file's format of dates, its format of timestamps, and its columns with their names and types.
        describe: Gives the columns with their types where options are added.

    Raises:
        DataError: No format fits all files, or more than one does.
    """
    told = zip(*(_told(sniff(place)) for place in places), strict=True)
    dated = {name: kind for name, kind in types.items() if kind.startswith(_KINDS)}
    # Text that is a date in some files and none in others is text in all, however it is written.
    first_files = [
        _first_files(files, ones) if any(held.startswith(kind) for held in dated.values()) else {}
        for kind, ones in zip(_KINDS, told, strict=True)
    ]
    unlike = [found for found in first_files if len(found) > 1]
    if not unlike:
        return {}
    tried = [_options(formats) for formats in product(*(found or [None] for found in first_files))]
    fitting = [options for options in tried if options and dated.items() <= describe(options).items()]
    if len(fitting) != 1:
        received = " and ".join(f"{one} in {name}" for one, name in list(unlike[0].items())[:2])
        raise DataError(files.source, "dates written alike in all files", received, "write them all as 2021-12-31")
    return fitting[0]


def _told(sniffed: Sniffed) -> tuple[str | None, str | None]:
    day, moment, columns = sniffed
    plain = any(column["type"].startswith("TIMESTAMP") for column in columns)
    return day, moment or (_ISO if plain else None)


def _first_files(files: Files, told: Sequence[str | None]) -> dict[str, str]:
    """Return each format with the name of the first file that has it."""
    found: dict[str, str] = {}
    for path, one in zip(files.paths, told, strict=True):
        if one:
            found.setdefault(one, path.name)
    return found


def _options(formats: Sequence[str | None]) -> dict[str, str]:
    return {option: one for option, one in zip(_OPTIONS, formats, strict=True) if one and one != _ISO}
