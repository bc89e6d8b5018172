"""Random tables, with every notation of values that Penstock reads, and the same values with types."""

import datetime
import decimal
import json
import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

ROWS = 160
# A value as text and as typed value; None if it is missing.
Pair = tuple[str, Any]
Draw = Callable[[random.Random], Callable[[], Pair]]


@dataclass(frozen=True)
class Kind:
    """A kind of column.

    Attributes:
        draw: What gives the values of one column.
        marks: What such a column may write for a missing value.
        json: How JSON writes a value with its type.
        type: The type that Parquet has for it, if its values do not determine it.
    """

    draw: Draw
    marks: tuple[str, ...] = ("",)
    json: Callable[[Any], Any] = field(default=lambda value: value)
    type: pa.DataType | None = None


_NUMBER_MARKS = ("", "NA", "nan", "-", "?", "null")
_FIRST = datetime.datetime(1999, 1, 1)
_WORDS = (
    "Rain",
    "über",
    "größer",
    "東京",
    "a_b",
    "…",
    "it's",
    '"quoted"',
    "naïve",
    "x;y|z",
    "tab\there",
    "🙂",
    " lead",
)


def integers(draw: random.Random) -> Callable[[], Pair]:
    low, high = draw.choice([(0, 9), (-500, 500), (0, 10**9), (-(2**62), 2**62)])

    def value() -> Pair:
        number = draw.randint(low, high)
        return str(number), number

    return value


def big_integers(draw: random.Random) -> Callable[[], Pair]:
    numbers = [2**53 + step for step in range(5)]

    def value() -> Pair:
        number = draw.choice(numbers)
        return str(number), number

    return value


def fractions(draw: random.Random) -> Callable[[], Pair]:
    scale, shape = draw.choice([1e-6, 1.0, 1e4, 1e12]), draw.choice(["{:.3f}", "{!r}", "{:.4e}", "{:+.2f}"])

    def value() -> Pair:
        text = shape.format(draw.gauss(0, 1) * scale)
        return text, float(text)

    return value


def mixed_numbers(draw: random.Random) -> Callable[[], Pair]:
    def value() -> Pair:
        number = draw.choice([draw.randint(-9, 9), round(draw.uniform(-9, 9), 2)])
        return str(number), float(number)

    return value


def amounts(draw: random.Random) -> Callable[[], Pair]:
    prefix, suffix = draw.choice([("$", ""), ("€", ""), ("", " €"), ("", "%"), ("", " kg"), ("", "km"), ("£", "")])
    decimal, group = draw.choice([(".", ","), (".", ""), (",", "."), (",", "")])

    def value() -> Pair:
        number = round(draw.uniform(0.01, 99_999), 2)
        text = f"{number:,.2f}".replace(",", "_").replace(".", decimal).replace("_", group)
        return f"{prefix}{text}{suffix}", number

    return value


def truths(draw: random.Random) -> Callable[[], Pair]:
    words = draw.choice([("true", "false"), ("yes", "no"), ("Y", "N"), ("TRUE", "FALSE"), ("t", "f"), ("Yes", "No")])

    def value() -> Pair:
        truth = draw.random() < 0.6
        return words[not truth], truth

    return value


def bits(draw: random.Random) -> Callable[[], Pair]:
    def value() -> Pair:
        bit = draw.randint(0, 1)
        return str(bit), bit

    return value


def days(draw: random.Random) -> Callable[[], Pair]:
    form = draw.choice(
        ["%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d %b %Y", "%B %d, %Y", "%Y/%m/%d", "%d-%m-%y"]
    )

    def value() -> Pair:
        day = _FIRST + datetime.timedelta(days=draw.randrange(9000))
        return day.strftime(form), day.date()

    return value


def moments(draw: random.Random) -> Callable[[], Pair]:
    form = draw.choice(
        ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%d/%m/%Y %H:%M", "%m/%d/%Y %I:%M:%S %p", "%Y-%m-%d %H:%M:%S.%f"]
    )

    def value() -> Pair:
        moment = _FIRST + datetime.timedelta(seconds=draw.randrange(700_000_000))
        if form in ("%d/%m/%Y %H:%M",):
            moment = moment.replace(second=0)
        return moment.strftime(form), moment

    return value


def times(draw: random.Random) -> Callable[[], Pair]:
    form = draw.choice(["%H:%M:%S", "%H:%M", "%I:%M %p"])
    hours = [datetime.time(hour, draw.choice([0, 15, 30])) for hour in range(6, 14)]

    def value() -> Pair:
        hour = draw.choice(hours)
        return hour.strftime(form), hour

    return value


def epochs(draw: random.Random) -> Callable[[], Pair]:
    scale = draw.choice([1, 1000, 1_000_000])

    def value() -> Pair:
        moment = draw.randint(946_684_800, 1_700_000_000) * scale
        return str(moment), moment

    return value


def compact_days(draw: random.Random) -> Callable[[], Pair]:
    def value() -> Pair:
        text = (_FIRST + datetime.timedelta(days=draw.randrange(9000))).strftime("%Y%m%d")
        return text, int(text)

    return value


def codes(draw: random.Random) -> Callable[[], Pair]:
    known = [f"{draw.randrange(10**5):05}" for _ in range(5)] + ["00123", "01234"]

    def value() -> Pair:
        code = draw.choice(known)
        return code, code

    return value


def categories(draw: random.Random) -> Callable[[], Pair]:
    known = draw.sample(_WORDS, 6)

    def value() -> Pair:
        word = draw.choice(known)
        return word, word

    return value


def sentences(draw: random.Random) -> Callable[[], Pair]:
    def value() -> Pair:
        text = " ".join(draw.choices(_WORDS, k=draw.randrange(3, 9))).strip()
        return text, text

    return value


def vectors(draw: random.Random) -> Callable[[], Pair]:
    width, is_whole = draw.randrange(2, 5), draw.random() < 0.4

    def value() -> Pair:
        numbers = [draw.randrange(9) if is_whole else round(draw.gauss(0, 1), 4) for _ in range(width)]
        return json.dumps(numbers), numbers

    return value


def whole_fractions(draw: random.Random) -> Callable[[], Pair]:
    """Return codes as tables write them that have missing values only in floating-point columns."""
    known = [draw.randrange(10_000, 99_999) for _ in range(6)]

    def value() -> Pair:
        number = draw.choice(known)
        return f"{number}.0", float(number)

    return value


def rough_numbers(draw: random.Random) -> Callable[[], Pair]:
    """Return numbers with blanks around them, signs, no digit before the point, and values outside float32."""

    def value() -> Pair:
        text = draw.choice(
            [" 5", "7 ", "+3", "-0", ".5", "-.25", "1.", "1e3", "2E-3", "1e300", "-1e-300", "0.1", "007.5"]
        )
        return text, float(text)

    return value


def debts(draw: random.Random) -> Callable[[], Pair]:
    def value() -> Pair:
        number = draw.randint(-5000, 5000)
        return f"{'-' if number < 0 else ''}${abs(number):,}", number

    return value


def offsets(draw: random.Random) -> Callable[[], Pair]:
    zone = draw.choice(["+02:00", "-05:00", "Z", "+0000"])

    def value() -> Pair:
        moment = _FIRST + datetime.timedelta(seconds=draw.randrange(700_000_000))
        hours = {"+02:00": 2, "-05:00": -5}.get(zone, 0)
        return moment.strftime("%Y-%m-%dT%H:%M:%S") + zone, moment - datetime.timedelta(hours=hours)

    return value


def early_days(draw: random.Random) -> Callable[[], Pair]:
    """Return dates of which no value shows the order of day and month."""
    sign = draw.choice("/.-")

    def value() -> Pair:
        month, day = draw.randint(1, 12), draw.randint(1, 12)
        first, second = (month, day) if sign == "/" else (day, month)
        return f"{first:02}{sign}{second:02}{sign}2021", datetime.date(2021, month, day)

    return value


def fine_times(draw: random.Random) -> Callable[[], Pair]:
    known = [datetime.time(draw.randrange(24), draw.randrange(60), draw.randrange(60), 250_000) for _ in range(6)]

    def value() -> Pair:
        time = draw.choice(known)
        return time.isoformat()[:-3], time

    return value


def near_numbers(draw: random.Random) -> Callable[[], Pair]:
    """Return texts that mostly look like other types, and marks that do not mean missing in a text."""
    known = ["1.50", "1.5", "NA", "none", "A7", "2021-02-05", "true", "-", "0012", "12:30", "1e5"]

    def value() -> Pair:
        text = draw.choice(known)
        return text, text

    return value


def lines(draw: random.Random) -> Callable[[], Pair]:
    known = [
        "two\nlines",
        "with, comma",
        'a "quote"',
        "\\n",
        "semi;colon",
        "pipe|",
        "tab\t",
        "' ",
        "{}",
        "[1, 2]",
        "0x1F",
    ]

    def value() -> Pair:
        text = draw.choice(known)
        return text, text

    return value


def small_integers(draw: random.Random) -> Callable[[], Pair]:
    def value() -> Pair:
        number = draw.randint(0, 100)
        return str(number), number

    return value


def decimals(draw: random.Random) -> Callable[[], Pair]:
    def value() -> Pair:
        number = decimal.Decimal(draw.randint(-99_999, 99_999)).scaleb(-2)
        return str(number), number

    return value


def integers_as_decimals(draw: random.Random) -> Callable[[], Pair]:
    def value() -> Pair:
        number = draw.randint(-(10**12), 10**12)
        return str(number), decimal.Decimal(number)

    return value


def pairs_of_numbers(draw: random.Random) -> Callable[[], Pair]:
    def value() -> Pair:
        numbers = [round(draw.gauss(0, 1), 3), float(draw.randrange(5))]
        return json.dumps(numbers), numbers

    return value


KINDS = {
    "integer": Kind(integers, _NUMBER_MARKS),
    "big integer": Kind(big_integers, ("", "NA")),
    "fraction": Kind(fractions, _NUMBER_MARKS),
    "mixed number": Kind(mixed_numbers, _NUMBER_MARKS),
    "amount": Kind(amounts, ("", "NA", "n/a")),
    "truth": Kind(truths, ("", "NA")),
    "bit": Kind(bits, ("", "NA")),
    "day": Kind(days, ("", "NA"), str),
    "moment": Kind(moments, ("", "NULL"), str),
    "time": Kind(times, ("", "NA"), str),
    "epoch time": Kind(epochs, ("", "NA")),
    "compact date": Kind(compact_days, ("",)),
    "code": Kind(codes),
    "category": Kind(categories),
    "sentence": Kind(sentences),
    "vector": Kind(vectors),
    "whole fraction": Kind(whole_fractions, ("", "NA")),
    "rough number": Kind(rough_numbers, _NUMBER_MARKS),
    "debt": Kind(debts, ("", "NA")),
    "offset": Kind(offsets, ("", "NA"), str),
    "early day": Kind(early_days, ("", "NA"), str),
    "fine time": Kind(fine_times, ("", "NA"), str),
    "near number": Kind(near_numbers),
    "line": Kind(lines),
    "small integer": Kind(small_integers, _NUMBER_MARKS, type=pa.uint8()),
    "small fraction": Kind(fractions, _NUMBER_MARKS, type=pa.float32()),
    "decimal": Kind(decimals, _NUMBER_MARKS, float, type=pa.decimal128(9, 2)),
    "whole decimal": Kind(integers_as_decimals, _NUMBER_MARKS, int, type=pa.decimal128(19, 0)),
    "word": Kind(categories, type=pa.dictionary(pa.int32(), pa.string())),
    # Arrow does not write missing lists of a fixed length.
    "fixed vector": Kind(pairs_of_numbers, (), type=pa.list_(pa.float32(), 2)),
    "zoned": Kind(moments, ("", "NULL"), str, type=pa.timestamp("ms", "Europe/Berlin")),
}
_PARQUET_ONLY = ("vector", "fixed vector")
_NAMES = {
    "epoch time": ["created_at", "pickup_timestamp", "event time"],
    "compact date": ["order_date", "date"],
    "code": ["zip code", "plz"],
}
ODD_NAMES = (
    "self", 'a "quoted" name', "it's", "a b", "a_b", "年龄", "收入", "größe in m²", "1st", "class", "select", "x.y",
    "_hidden", "Unit price ($)", "a/b", "über", "name", "input", "examples", "count(*)", "100%", "tab",
)  # fmt: skip


@dataclass(frozen=True)
class MadeTable:
    """A table: the texts and the typed values of its columns, the kinds, and the label with its values."""

    names: list[str]
    kinds: list[str]
    texts: list[list[str]]
    typed: list[list[Any]]
    label: list[Any]
    is_parquet: bool
    delimiter: str
    has_mark: bool
    line_end: str


def make_table(seed: int) -> MadeTable:
    """Return a random table."""
    draw = random.Random(seed)
    is_parquet = draw.random() < 0.3
    kinds = draw.sample([kind for kind in KINDS if is_parquet or kind not in _PARQUET_ONLY], draw.randrange(3, 9))
    if is_parquet and draw.random() < 0.5 and "vector" not in kinds:
        kinds.append("vector")
    odd = draw.sample(ODD_NAMES, len(kinds))
    names = [draw.choice(_NAMES[kind]) if kind in _NAMES else odd[place] for place, kind in enumerate(kinds)]
    texts, typed = [], []
    for kind in kinds:
        known = KINDS[kind].marks
        value, share = KINDS[kind].draw(draw), draw.choice([0, 0, 0.1, 0.3]) * bool(known)
        marks = draw.sample(known, min(len(known), draw.randint(1, 2)))
        pairs = [(draw.choice(marks), None) if draw.random() < share else value() for _ in range(ROWS)]
        texts.append([text for text, _ in pairs])
        typed.append([held for _, held in pairs])
    return MadeTable(
        names, kinds, texts, typed, _label(draw, typed), is_parquet, draw.choice([",", ";", "|", "\t"]),
        draw.random() < 0.3, draw.choice(["\n", "\n", "\r\n"]),
    )  # fmt: skip


def _label(draw: random.Random, typed: list[list[Any]]) -> list[Any]:
    """Return a label that depends weakly on the first columns: two classes, three, or a number."""
    task = draw.choice(["binary", "binary", "multiclass", "regression"])
    scores = [sum(_score(column[row], column) for column in typed[:3]) + draw.gauss(0, 1) for row in range(ROWS)]
    if task == "regression":
        return [round(score, 3) for score in scores]
    low, high = sorted(scores)[ROWS // 3], sorted(scores)[2 * ROWS // 3]
    if task == "binary":
        return ["yes" if score > low else "no" for score in scores]
    return ["süd" if score < low else "north" if score < high else "east side" for score in scores]


def _score(value: Any, column: list[Any]) -> float:
    known = sorted({repr(each) for each in column if each is not None})
    return 0.0 if value is None else math.sin(known.index(repr(value)))
