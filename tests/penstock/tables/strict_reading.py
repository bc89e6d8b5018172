"""The rules of docs/tasks/values.md by the standard library alone: what a text in a file stands for."""

import csv
import datetime
import io
import re
from typing import Any

BLANKS = " \t\r\n\v\f\u00a0\u2007\u202f\u3000\u200b\ufeff"
MARKS = {
    *("na", "n/a", "nan", "null", "nil", "?", "-", "--", ".", "#n/a", "none", "missing", "unknown"),
    *("inf", "-inf", "+inf", "infinity", "-infinity"),
}
WORDS = {"true": True, "yes": True, "y": True, "t": True, "false": False, "no": False, "n": False, "f": False}
_PLAIN = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_ISO = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
    r"(?:[T ]([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?(?: ?(Z|UTC|[+-][0-9]{2}(?::?[0-9]{2})?))?)?"
)
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?")
_EXAMPLE = re.compile(r"(\D*?)1(\D?)234([.,])5(\D*)", re.DOTALL)


class Malformed(Exception):
    """The file is not a table."""


def table_of(content: bytes, delimiter: str) -> tuple[list[str], list[list[str]]]:
    """Return header and rows of a delimited file as the standard library reads them, strictly."""
    try:
        text = content.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise Malformed(str(error)) from error
    if not rows or not rows[0]:
        raise Malformed("no header")
    header, *rows = rows
    # A blank line is no row, except in a table of one column, where the row has a missing value.
    rows = [row or [""] for row in rows if row or len(header) == 1]
    if any(len(row) != len(header) for row in rows):
        raise Malformed("ragged")
    return [name.strip() for name in header], rows


def is_missing(form: str, text: str) -> bool:
    """Say whether a text is a missing value in a column of a format."""
    return not text or (form != "text" and (bare := text.strip(BLANKS).lower()) in {"", *MARKS} and bare is not None)


def value_of(form: str, text: str) -> Any:
    """Return the value of a text; ValueError if it does not have the format."""
    if is_missing(form, text):
        return None
    bare = text.strip(" \t\r\n")
    if form == "text":
        return text
    if form == "boolean":
        return _found(WORDS.get(text.strip(BLANKS).lower()))
    if form == "integer":
        return _whole(bare)
    if form == "number":
        return _finite(float(_found(_PLAIN.fullmatch(bare))[0]))
    if form in ("date", "timestamp", "time"):
        return _iso(form, bare)
    return _moment(form, bare) if "%" in form and not _EXAMPLE.fullmatch(form) else _written(form, bare)


def _whole(text: str) -> int:
    number = int(_found(re.fullmatch(r"[+-]?[0-9]+", text))[0])
    if not -(2**63) <= number < 2**63:
        raise ValueError(text)
    return number


def _iso(form: str, text: str) -> Any:
    if form == "time":
        hour, minute, second, fraction = _found(_CLOCK.fullmatch(text)).groups()
        return datetime.time(int(hour), int(minute), int(second or 0), _micros(fraction))
    parts = _found(_ISO.fullmatch(text)).groups()
    day = datetime.date(*map(int, parts[:3]))
    if form == "date":
        return day if parts[3] is None else _found(None)
    if parts[3] is None:
        return datetime.datetime(day.year, day.month, day.day)
    moment = datetime.datetime(*map(int, parts[:5]), int(parts[5] or 0), _micros(parts[6]))
    zone = re.fullmatch(r"([+-])(\d\d):?(\d\d)?", parts[7] or "")
    if not zone:
        return moment
    offset = datetime.timedelta(hours=int(zone[2]), minutes=int(zone[3] or 0))
    return moment - offset if zone[1] == "+" else moment + offset


def _moment(form: str, text: str) -> Any:
    found = datetime.datetime.strptime(text, form)
    if "%H" not in form and "%I" not in form:
        return found.date()
    if "%Y" not in form and "%y" not in form:
        return found.time()
    return found.replace(tzinfo=None) - (found.utcoffset() or datetime.timedelta())


def _written(form: str, text: str) -> float:
    """Return a number that is written as an example."""
    prefix, group, decimal, suffix = _found(_EXAMPLE.fullmatch(form)).groups()
    sign = -1 if re.match(r"[^0-9]*-", text) else 1
    for affix in (prefix.strip(), suffix.strip()):
        if affix not in text:
            raise ValueError(text)
        text = text.replace(affix, "", 1) if affix else text
    digits = text.strip().lstrip("+-").strip().replace(group, "") if group else text.strip().lstrip("+-").strip()
    return sign * _finite(float(_found(_PLAIN.fullmatch(digits.replace(decimal, ".")))[0]))


def _micros(fraction: str | None) -> int:
    return int((fraction or "0").ljust(6, "0")[:6])


def _finite(number: float) -> float:
    if number in (float("inf"), float("-inf")):
        raise ValueError(number)
    return number


def _found(match: Any) -> Any:
    if match is None:
        raise ValueError("not written so")
    return match
