"""Formats of dates and times: those that fit a text, and the preferred one if several fit.

Formats are those of strptime. A two-digit year from 69 on is in the 20th century, as in POSIX.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import product

from penstock.tables.sql import literal

DATE, TIMESTAMP, TIME = "date", "timestamp", "time"
EPOCHS = {"epoch_seconds": 1, "epoch_milliseconds": 1000, "epoch_microseconds": 1_000_000}
# Seconds from 1990 to 2100: integers in this range, or a thousand or a million times as large, are plausible epochs.
EPOCH_RANGE = (631_152_000, 4_102_444_800)
COMPACT = "%Y%m%d"
# Dates from 1900 to 2100 as eight digits.
COMPACT_RANGE = (19_000_101, 21_001_231)

_YEAR = "(?:[0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)"  # There was no year 0.
_CLOCK = r"(?:[01]?[0-9]|2[0-3]):[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?"
_ISO_DAY = rf"{_YEAR}-[0-9]{{1,2}}-[0-9]{{1,2}}"
_GUARDS = {
    DATE: _ISO_DAY,
    TIMESTAMP: rf"{_ISO_DAY}(?:[T ]{_CLOCK}(?: ?(?:Z|UTC|[+-][0-9]{{2}}(?::?[0-9]{{2}})?))?)?",
    TIME: _CLOCK,
}
_TYPES = {DATE: "DATE", TIMESTAMP: "TIMESTAMP", TIME: "TIME"}
_DIRECTIVES = {
    **{f"%{sign}": "[0-9]{1,2}" for sign in "dmHIMS"},
    "%Y": _YEAR,
    "%y": "[0-9]{2}",
    "%f": "[0-9]{1,6}",
    "%p": "[AaPp][Mm]",
    "%b": "[A-Za-z]{3}",
    "%B": "[A-Za-z]{3,9}",
    "%a": "[A-Za-z]{3}",
    "%A": "[A-Za-z]{6,9}",
    "%z": r"[+-][0-9]{2}:?[0-9]{2}",
}
_ORDERED = ("%d{0}%m{0}%Y", "%m{0}%d{0}%Y", "%Y{0}%m{0}%d")
_SHORT = ("%d{0}%m{0}%y", "%m{0}%d{0}%y", "%y{0}%m{0}%d")
_NAMED = [f"%d{sign}{month}{sign}{year}" for sign, month, year in product("- ", ("%b", "%B"), ("%Y", "%y"))]
_DAYS = [day.format(sign) for sign in "/-." for day in (*_ORDERED, *_SHORT) if (day, sign) != (_ORDERED[2], "-")]
_DAYS += [*_NAMED, "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%B %d %Y", "%d. %B %Y", "%a, %d %b %Y", "%A, %d %B %Y"]
_DAYS += ["%Y-%b-%d", COMPACT]
_CLOCKS = ("", "%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%I:%M %p", "%I:%M:%S %p", "%I:%M%p")
_MOMENTS = [f"{day}{gap}{clock}" for day in _DAYS for clock in _CLOCKS for gap in (" T" if clock else [""])]
# The number of values that are checked, of those that select the formats to check, and the maximum length of a date.
_SAMPLED_VALUES, _PREFILTER_VALUES, _LONGEST = 60, 6, 40
_FORMATS = (*_MOMENTS, "%Y%m%d%H%M%S", "%I:%M %p", "%I:%M:%S %p", "%I:%M%p", "%I:%M:%S%p")


def is_format(text: str) -> bool:
    """Say whether a text is the name of a known format of dates or times."""
    return text in _GUARDS or text in EPOCHS or _is_strptime(text)


def _is_strptime(text: str) -> bool:
    found = re.findall(r"%.?", text)
    return bool(found) and all(directive in _DIRECTIVES or directive == "%%" for directive in found)


def type_of(form: str) -> str:
    """Return DuckDB's type of the values of a format."""
    if form in _TYPES:
        return _TYPES[form]
    directives = set(re.findall(r"%[a-zA-Z]", form))
    if form in EPOCHS or directives & {"%z"}:
        return "TIMESTAMP"
    has_day, has_clock = bool(directives & {"%Y", "%y"}), bool(directives & {"%H", "%I"})
    return "TIME" if has_clock and not has_day else "TIMESTAMP" if has_clock else "DATE"


def pattern(form: str) -> str:
    """Return a regular expression, of RE2 and of Python, for a whole value without blanks around it."""
    if form in _GUARDS:
        return _GUARDS[form]
    if form in EPOCHS:
        # No more digits than a timestamp holds.
        return rf"-?[0-9]{{1,{11 + len(str(EPOCHS[form]))}}}(?:\.0*)?"
    parts = re.findall(r"%.|[^%]", form)
    return "".join(_part(parts, place) for place in range(len(parts)))


def _part(parts: Sequence[str], place: int) -> str:
    part = parts[place]
    if part == "%%" or not part.startswith("%"):
        return re.sub(r"[!-/:-@\[-`{-~]", r"\\\g<0>", part[-1])
    # Adjacent directives need a fixed width to find the end of the first.
    near = [*parts[max(place - 1, 0) : place], *parts[place + 1 : place + 2]]
    touches = any(each in _DIRECTIVES and each not in ("%p", "%b", "%B") for each in near)
    found = _DIRECTIVES[part]
    return found.replace("{1,2}", "{2}") if touches else found


def sql(form: str, value: str) -> str:
    """Return SQL for the date or time in a text, null if the text does not have the format."""
    text, kind = f"trim({value}, ' \t\r\n')", type_of(form)
    matches = f"regexp_full_match({text}, {literal(pattern(form))})"
    if "%f" in form:
        # DuckDB reads the digits of a fraction as a number of microseconds.
        digits = f"rpad(regexp_extract({text}, ':[0-9]+\\.([0-9]+)', 1), 6, '0')"
        text = f"regexp_replace({text}, '(:[0-9]+)\\.[0-9]+', '\\1.' || {digits})"
    if form in EPOCHS:
        found = f"make_timestamp(TRY_CAST({text} AS BIGINT) * {1_000_000 // EPOCHS[form]})"
    elif form == TIMESTAMP:
        found = f"coalesce(TRY_CAST({text} AS TIMESTAMP), TRY_CAST({_spelled_out(text)} AS TIMESTAMP))"
    elif form in _GUARDS:
        found = f"TRY_CAST({text} AS {kind})"
    elif kind == "TIME":
        # DuckDB's parser needs a day.
        found = f"CAST(try_strptime('2000-01-01 ' || {text}, {literal('%Y-%m-%d ' + form)}) AS TIME)"
    else:
        moment = f"try_strptime({text}, {literal(form)})"
        found = f"CAST({moment} AS {kind})" if kind == "DATE" or "%z" in form else moment
    return f"CASE WHEN {matches} THEN {found} END"


def _spelled_out(text: str) -> str:
    """Return SQL for a time with its seconds and its offset from UTC in the form that DuckDB requires."""
    with_seconds = f"regexp_replace({text}, '^([^T ]+[T ][0-9]+:[0-9]+)( ?[ZU+-].*)$', '\\1:00\\2')"
    with_offset = f"regexp_replace({with_seconds}, ' ?(Z|UTC)$', '+00:00')"
    return f"regexp_replace({with_offset}, '([0-9] ?[+-][0-9]{{2}})([0-9]{{2}})$', '\\1:\\2')"


def candidates(values: Sequence[str]) -> list[str]:
    """Return the formats that fit at least half of some values, the preferred first."""
    sampled = [value.strip() for value in values[:_SAMPLED_VALUES]]
    sampled = [value for value in sampled if len(value) <= _LONGEST and any(sign.isdigit() for sign in value)]
    if 2 * len(sampled) < len(values[:_SAMPLED_VALUES]) or not sampled:
        return []
    # Few formats fit any value; matching a few values first finds these.
    shaped = [
        form for form in (*_GUARDS, *_FORMATS) if any(map(_compiled(form).fullmatch, sampled[:_PREFILTER_VALUES]))
    ]
    found = [form for form in shaped if 2 * sum(map(bool, map(_compiled(form).fullmatch, sampled))) >= len(sampled)]
    return sorted(found, key=_rank)


@cache
def _compiled(form: str) -> re.Pattern[str]:
    return re.compile(pattern(form), re.ASCII)


def order_of(form: str) -> str:
    """Return whether the day or the month comes first in numbers, empty if the format is not ambiguous."""
    places = {directive: form.find(directive) for directive in ("%d", "%m")}
    if -1 in places.values() or form.startswith(("%Y", "%y")):
        return ""
    return "day" if places["%d"] < places["%m"] else "month"


def prefer(forms: Iterable[str], proven: set[str]) -> tuple[str, bool]:
    """Return the preferred one of several formats that fit every value, and whether other columns decided it.

    A two-digit year comes first only if no other format fits. Otherwise the order of day and month is that of other
    columns, if they prove one; by default the month is first with slashes, and the day with other separators.

    Args:
        forms: The formats.
        proven: The orders that other columns prove, `day` or `month`.
    """
    known = sorted(forms, key=_rank)
    agreeing = [form for form in known if {order_of(form)} == proven]
    return (agreeing[0], True) if agreeing and len(known) > 1 else (known[0], False)


def _rank(form: str) -> tuple[bool, bool]:
    first = "month" if "/" in form else "day"
    return form.startswith("%y"), order_of(form) not in ("", first)


def plausible_epoch(low: float, high: float) -> str:
    """Return the format of integers in a range that are plausible times since 1970, empty if they are not."""
    least, greatest = EPOCH_RANGE
    return next((form for form, scale in EPOCHS.items() if least * scale <= low and high <= greatest * scale), "")
