"""Tables made by chance, with every way to write values that Penstock reads, and the same values with types."""

import datetime
import json
import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

ROWS = 160
# A value as a delimited file writes it, and as a file with types holds it; None where it is missing.
Pair = tuple[str, Any]
Draw = Callable[[random.Random], Callable[[], Pair]]


@dataclass(frozen=True)
class Kind:
    """A kind of column.

    Attributes:
        draw: What gives the values of one column.
        marks: What such a column may write for a missing value.
        json: How JSON writes a value with its type.
    """

    draw: Draw
    marks: tuple[str, ...] = ("",)
    json: Callable[[Any], Any] = field(default=lambda value: value)


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
}
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
    """Return a table by chance."""
    draw = random.Random(seed)
    is_parquet = draw.random() < 0.3
    kinds = draw.sample([kind for kind in KINDS if is_parquet or kind != "vector"], draw.randrange(3, 7))
    if is_parquet and draw.random() < 0.5 and "vector" not in kinds:
        kinds.append("vector")
    odd = draw.sample(ODD_NAMES, len(kinds))
    names = [draw.choice(_NAMES[kind]) if kind in _NAMES else odd[place] for place, kind in enumerate(kinds)]
    texts, typed = [], []
    for kind in kinds:
        value, share = KINDS[kind].draw(draw), draw.choice([0, 0, 0.1, 0.3])
        mark = draw.choice(KINDS[kind].marks)
        pairs = [(mark, None) if draw.random() < share else value() for _ in range(ROWS)]
        texts.append([text for text, _ in pairs])
        typed.append([held for _, held in pairs])
    return MadeTable(
        names, kinds, texts, typed, _label(draw, typed), is_parquet, draw.choice([",", ";", "|", "\t"]),
        draw.random() < 0.3, draw.choice(["\n", "\n", "\r\n"]),
    )  # fmt: skip


def _label(draw: random.Random, typed: list[list[Any]]) -> list[Any]:
    """Return a label that hangs on the first columns a little: two classes, three, or a number."""
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
