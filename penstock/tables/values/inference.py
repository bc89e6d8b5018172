"""Which way the values of each column of text are written, decided by all of them.

A way is taken only if it fits every value that is not a mark for a missing one. Where several ways fit that give
different values, other columns of the table decide, and a rule where these do not.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import duckdb
import pyarrow.compute as pc

from penstock.tables.sql import literal, quoted, unlike
from penstock.tables.values import date_formats, number_formats
from penstock.tables.values.conversion import BOOLEAN, INTEGER, MARKS, TEXT, WORDS, is_missing, sql, type_of
from penstock.tables.values.interpretation import ColumnFormat
from penstock.tables.values.number_formats import PLAIN, NumberFormat

# Rows whose values tell which ways are worth a look at the whole table, and the different values that are looked at.
_HEAD, _LOOKED = 2048, 60
# Counts that are made in one pass over the table.
_COUNTS = 600
_WHOLE, _CODE = r"\s*[+-]?[0-9]+\s*", r"\s*0[0-9]{2,}\s*"


@dataclass(frozen=True)
class Given:
    """What is said of columns before their values are looked at.

    Attributes:
        formats: Column and the way in which its values are written.
        missing: Column and further texts that stand for no value in it.
        roles: Column and what it is used as.
    """

    formats: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, Sequence[str]] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """How a column of text is read, and what that was decided by.

    Attributes:
        column: How it is read.
        present: Values that stand for something; of a column that is text without a second look, None.
        absent: Texts that are there and stand for nothing.
        fits: The ways that were counted and the values that are written so.
        others: Further ways that fit every value and give other values.
        reason: What decided between them.
    """

    column: ColumnFormat
    present: int | None = None
    absent: int = 0
    fits: Mapping[str, int] = field(default_factory=dict)
    others: tuple[str, ...] = ()
    reason: str = ""

    @property
    def nearest(self) -> tuple[str, int]:
        """The way that fits most values, and how many; text and 0 where no way fits any."""
        return max(self.fits.items(), key=lambda item: item[1], default=(TEXT, 0))

    def nearest_of(self, types: Collection[str]) -> tuple[str, int]:
        """Return the way that fits most values among those whose values are of certain types, and how many."""
        fits = ((form, count) for form, count in self.fits.items() if type_of(form) in types)
        return max(fits, key=lambda item: item[1], default=(TEXT, 0))


class Texts:
    """Rows whose values are text, somewhere in an engine."""

    def __init__(self, rows: str, connection: duckdb.DuckDBPyConnection) -> None:
        """Hold a query for the rows and where it runs."""
        self._rows = rows
        self._connection = connection

    def free(self) -> str:
        """Return how a name may begin that no column has."""
        described = self._connection.execute(f"DESCRIBE {self._rows}").fetchall()
        return unlike(str(name) for name, *_ in described)

    def select(self, what: str, rest: str = "", *, also: str = "") -> list[tuple[object, ...]]:
        """Return the rows of `SELECT what FROM the rows, with further columns, rest`."""
        rows = f"(SELECT *, {also} FROM ({self._rows}))" if also else f"({self._rows})"
        return self._connection.execute(f"SELECT {what} FROM {rows} {rest}").fetchall()

    def values(self, names: Sequence[str], marks: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
        """Return some different values of each column that stand for something, as they are written."""
        head = self._connection.execute(
            f"SELECT {', '.join(map(quoted, names))} FROM ({self._rows}) LIMIT {_HEAD}"
        ).arrow()
        found = {}
        for name, column in zip(names, head.columns, strict=True):
            missing = {*MARKS, "", *(mark.strip().lower() for mark in marks.get(name, ()))}
            texts = (text for text in pc.unique(column).to_pylist() if text is not None)
            found[name] = [text for text in texts if text.strip().lower() not in missing][:_LOOKED]
            if not found[name]:
                known = ColumnFormat(name, INTEGER, "BIGINT", tuple(marks.get(name, ())))
                rest = f"WHERE NOT {is_missing(known, quoted(name))} LIMIT {_LOOKED}"
                found[name] = [str(text) for (text,) in self.select(quoted(name), rest)]
        return found


def infer(texts: Texts, names: Sequence[str], given: Given) -> tuple[Finding, ...]:
    """Return how each of some columns of text is read."""
    if not names:
        return ()
    looked = texts.values(names, given.missing)
    ways = {name: _given_or_shaped(name, looked[name], given) for name in names}
    counts = _counted(texts, ways, given)
    fitting = {name: _fitting(name, count, given) for name, count in counts.items()}
    later = {name: [*looked[name], *_others(texts, name, ways[name], given)] for name in _unsettled(fitting, given)}
    again = {name: _given_or_shaped(name, values, given, least=1) for name, values in later.items()}
    again = {name: forms for name, forms in again.items() if set(forms) > set(ways[name])}
    if again:
        # What is written otherwise came after the rows that were looked at.
        ways |= again
        counts |= _counted(texts, again, given)
        fitting |= {name: _fitting(name, counts[name], given) for name in again}
    decimals, orders = _proven(fitting.values())
    return tuple(
        _finding(ColumnFormat(name, TEXT, "VARCHAR", tuple(given.missing.get(name, ()))), None, (TEXT, (), ""))
        if name not in counts
        else _finding(
            ColumnFormat(name, given.formats.get(name, ""), "", tuple(given.missing.get(name, ()))),
            counts[name],
            _chosen(fitting[name], decimals, orders),
        )
        for name in names
    )


def _finding(column: ColumnFormat, count: "_Count | None", chosen: tuple[str, tuple[str, ...], str]) -> Finding:
    form, others, reason = chosen
    form = column.format or form
    column = replace(column, format=form, type=type_of(form))
    if count is None:
        return Finding(column)
    absent = count.texts - count.present if form != TEXT else 0
    return Finding(column, count.present, absent, count.fits, others, reason)


def _unsettled(fitting: Mapping[str, Sequence[str]], given: Given) -> list[str]:
    return [name for name, forms in fitting.items() if not forms and name not in given.formats]


def _others(texts: Texts, name: str, forms: Sequence[str], given: Given) -> list[str]:
    """Return some values that are written in none of the ways."""
    known = ColumnFormat(name, forms[0], type_of(forms[0]), tuple(given.missing.get(name, ())))
    value = quoted(name)
    odd = " AND ".join(f"{sql(form, value)} IS NULL" for form in forms)
    return [str(text) for (text,) in texts.select(value, f"WHERE {odd} AND NOT {is_missing(known, value)} LIMIT 60")]


@dataclass(frozen=True)
class _Count:
    """The values of a column: texts, present, of each way, whole beyond 64 bits, codes such as 007; a time's range."""

    texts: int
    present: int
    fits: Mapping[str, int]
    beyond: int
    codes: int
    low: int | None
    high: int | None


def _given_or_shaped(name: str, values: Sequence[str], given: Given, *, least: float = 0.5) -> list[str]:
    """Return the ways worth a count: what is given, or those of so many of some values, all of one where it is 1."""
    if name in given.formats:
        form = given.formats[name]
        return [] if form == TEXT else [form]
    enough = least * len(values) if least < 1 else 1
    found = [form for form, fits in _SHAPES if values and sum(1 for value in values if fits(value)) >= enough]
    if INTEGER in found and given.roles.get(name) == "timestamp":
        return [*found, date_formats.COMPACT]
    if not found:
        found += date_formats.candidates(values)
    if INTEGER not in found or least == 1:
        found += [way.example for way in number_formats.candidates(values) if way.example not in found]
    return found


def _is_word(text: str) -> bool:
    return text.strip().lower() in WORDS


_SHAPES = (
    (INTEGER, re.compile(_WHOLE).fullmatch),
    (PLAIN, NumberFormat().fits),
    (BOOLEAN, _is_word),
)


def _counted(texts: Texts, ways: Mapping[str, Sequence[str]], given: Given) -> dict[str, _Count]:
    found: dict[str, _Count] = {}
    free = texts.free()
    for part in _parts({name: forms for name, forms in ways.items() if forms}):
        read: list[str] = []
        counts: list[str] = []
        for number, (name, forms) in enumerate(part.items()):
            place = f"{free}{number}_"
            read += _reads(name, forms, given, place)
            counts += _counts(name, forms, given, place)
        # Each value is read once, in a query of its own, however many counts ask for what was read.
        [row] = texts.select(", ".join(counts), also=", ".join(read))
        values = iter(row)
        for name, forms in part.items():
            there, present, beyond, codes, low, high = (next(values) for _ in range(6))
            fits = {form: next(values) for form in forms}
            found[name] = _Count(there, present, fits, beyond, codes, low, high)  # type: ignore[arg-type]
    return found


def _parts(ways: Mapping[str, Sequence[str]]) -> Iterator[dict[str, Sequence[str]]]:
    part: dict[str, Sequence[str]] = {}
    for name, forms in ways.items():
        part[name] = forms
        if sum(len(each) + 6 for each in part.values()) >= _COUNTS:
            yield part
            part = {}
    if part:
        yield part


def _marked(name: str, forms: Sequence[str], given: Given) -> ColumnFormat:
    return ColumnFormat(name, forms[0], type_of(forms[0]), tuple(given.missing.get(name, ())))


def _reads(name: str, forms: Sequence[str], given: Given, place: str) -> Iterator[str]:
    """Yield SQL for the values of a column as each way reads them, with the name of each."""
    value, marked = quoted(name), _marked(name, forms, given)
    for number, form in enumerate(forms):
        found = sql(form, value)
        if form == INTEGER and name not in given.formats:
            # A way that is given reads 5.0 as a whole number; values alone do not make it one.
            found = f"CASE WHEN {_whole(value)} THEN TRY_CAST({value} AS BIGINT) END"
        if marked.missing:
            found = f"CASE WHEN NOT {is_missing(marked, value)} THEN {found} END"
        elif form == PLAIN and forms[0] == INTEGER:
            found = f"CASE WHEN {place}0 IS NULL THEN {found} ELSE 0 END"
        yield f"{found} AS {place}{number}"


def _counts(name: str, forms: Sequence[str], given: Given, place: str) -> Iterator[str]:
    """Yield the counts of a column; cases spare most values the costlier questions."""
    value, missing = quoted(name), is_missing(_marked(name, forms, given), quoted(name))
    reads = [f"{place}{number}" for number in range(len(forms))]
    is_read = "".join(f" WHEN {read} IS NOT NULL THEN 1" for read in reads)
    yield f"count({value})"
    yield f"count(CASE{is_read} WHEN {value} IS NULL OR {missing} THEN NULL ELSE 1 END)"
    if INTEGER in forms:
        whole = reads[forms.index(INTEGER)]
        yield f"count(CASE WHEN {whole} IS NULL AND length({value}) > 18 AND {_whole(value)} THEN 1 END)"
        yield f"count(CASE WHEN {value} < '1' AND regexp_full_match({value}, {literal(_CODE)}) THEN 1 END)"
        yield from (f"{end}({whole})" if given.roles.get(name) == "timestamp" else "NULL" for end in ("min", "max"))
    else:
        yield from ("0", "0", "NULL", "NULL")
    yield from (f"count({read})" for read in reads)


def _whole(value: str) -> str:
    return f"regexp_full_match({value}, {literal(_WHOLE)})"


def _fitting(name: str, count: _Count, given: Given) -> list[str]:
    """Return the ways that every value is written in, the preferred first."""
    if not count.present:
        return []
    forms = [form for form, fits in count.fits.items() if fits == count.present]
    whole = count.fits.get(INTEGER, 0) + count.beyond == count.present
    if not whole:
        return forms
    if count.codes or (count.beyond and given.roles.get(name) != "numeric"):
        # 007 is a code, and what 64 bits do not hold is a name: as numbers they would lose what tells them apart.
        return []
    if given.roles.get(name) == "timestamp" and count.low is not None and count.high is not None:
        return _moments(forms, count.low, count.high)
    return [INTEGER] if INTEGER in forms else forms


def _moments(forms: Sequence[str], low: int, high: int) -> list[str]:
    """Return how whole numbers that are to be times are written."""
    if date_formats.COMPACT in forms and date_formats.COMPACT_RANGE[0] <= low and high <= date_formats.COMPACT_RANGE[1]:
        return [date_formats.COMPACT]
    epoch = date_formats.plausible_epoch(low, high)
    return [epoch] if epoch else [INTEGER]


def _proven(fitting: Iterable[Sequence[str]]) -> tuple[set[str], set[str]]:
    """Return the decimal marks and the orders of day and month that single columns prove."""
    decimals: set[str] = set()
    orders: set[str] = set()
    for forms in fitting:
        numbers = {way.decimal for form in forms if (way := NumberFormat.of(form))}
        days = {date_formats.order_of(form) for form in forms if "%" in form and not NumberFormat.of(form)}
        days -= {""} if len(days) > 1 else set()  # Two digits are a year only where they can be nothing else.
        if len(numbers) == 1 and INTEGER not in forms:
            decimals |= numbers
        if len(days) == 1:
            orders |= days - {""}
    return decimals, orders


def _chosen(forms: Sequence[str], decimals: set[str], orders: set[str]) -> tuple[str, tuple[str, ...], str]:
    """Return the way that is taken, others that give other values, and what decided."""
    if not forms or forms[0] in (INTEGER, BOOLEAN):
        return forms[0] if forms else TEXT, (), ""
    ways = [way for form in forms if (way := NumberFormat.of(form))]
    if ways:
        taken, by_others = number_formats.prefer(ways, decimals)
        others = tuple(way.example for way in ways if way.differs(taken))
        rule = "a point is the decimal mark, and a comma before three digits groups them"
        return taken.example, others, ("other columns show the decimal mark" if by_others else rule) if others else ""
    form, by_others = date_formats.prefer(forms, orders)
    others = tuple(each for each in forms if _order(each) != _order(form))
    rule = "the month comes first between slashes, the day between other signs, and a year of two digits last"
    return form, others, ("other columns show the order of day and month" if by_others else rule) if others else ""


def _order(form: str) -> tuple[bool, str]:
    return form.startswith("%y"), date_formats.order_of(form)
