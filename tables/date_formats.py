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

Formats = tuple[str | None, str | None]
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
    told = [_told(sniff(place)) for place in places]
    dated = {name: kind for name, kind in types.items() if kind.startswith(_KINDS)}
    # Text that is a date in some files and none in others is text in all, however it is written.
    ways = [
        list(dict.fromkeys(one for one in ones if one))
        if any(type_.startswith(kind) for type_ in dated.values())
        else []
        for kind, ones in zip(_KINDS, zip(*told, strict=True), strict=True)
    ]
    if max(map(len, ways)) < 2:
        return {}
    tried = [_options(formats) for formats in product(*(way or [None] for way in ways))]
    fitting = [options for options in tried if options and dated.items() <= describe(options).items()]
    if len(fitting) != 1:
        raise _unlike(files, told)
    return fitting[0]


def _told(sniffed: Sniffed) -> Formats:
    day, moment, columns = sniffed
    plain = any(column["type"].startswith("TIMESTAMP") for column in columns)
    return day, moment or (_ISO if plain else None)


def _options(formats: Sequence[str | None]) -> dict[str, str]:
    return {option: one for option, one in zip(_OPTIONS, formats, strict=True) if one and one != _ISO}


def _unlike(files: Files, told: Sequence[Formats]) -> DataError:
    named: dict[str, str] = {}
    for ones in zip(*told, strict=True):
        named = {}
        for path, one in zip(files.paths, ones, strict=True):
            if one:
                named.setdefault(one, path.name)
        if len(named) > 1:
            break
    received = " and ".join(f"{one} in {name}" for one, name in list(named.items())[:2])
    return DataError(files.source, "dates written alike in all files", received, "write them all as 2021-12-31")
