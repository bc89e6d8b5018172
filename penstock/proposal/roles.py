"""The proposed role of each column, or the reason why it is left out, by rules in order of precedence."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from penstock.config.sections import Model
from penstock.core.features import ROLES
from penstock.proposal.profile import ColumnProfile

# ruff: noqa: SIM905  Words are easier to read without a quote on each side.
# An integer column whose name has one of these words contains codes and not amounts.
_CODE_WORDS = frozenset(
    (
        "area branch category city class cluster code country department dept district group id kind level plan postal "
        "postcode region segment shop sku state status store tract type version zip zipcode zone"
    ).split()
)
# Words that may also name amounts, so that a column with many values has amounts.
_AMOUNT_WORDS, _MOST_CODES = frozenset(("area", "level")), 1000
_MOST_CATEGORIES: int = Model.model_fields["vocabulary_size"].default
_IDENTIFIER_WORDS = frozenset("guid id identifier idx index key no nr number row rowid serial uuid".split())
_TIME_WORDS = frozenset("at date datetime epoch time timestamp ts".split())
# Seconds from 1990 to 2100.
_EPOCH = (631_152_000, 4_102_444_800)
_FEW_ROWS = 20
# The mean number of words from which a column is free text and not names or codes.
TEXT_WORDS, _REPEATED_TEXT_WORDS = 3.0, 5.0


@dataclass(frozen=True)
class Choice:
    """The proposed role of a column.

    Attributes:
        column: The column.
        role: Its role; empty if it is left out.
        reason: The reason, for messages and comments.
        alternative_role: The role to suggest if the user wants to include a column that is left out.
        is_dropped: Whether the query drops it, because examples cannot contain it.
        score: The score of a model of this column alone, if the column leaks the label.
    """

    column: str
    role: str
    reason: str
    alternative_role: str = ""
    is_dropped: bool = False
    score: float | None = None


def choose(columns: Iterable[ColumnProfile]) -> list[Choice]:
    """Return a choice for each column without the label."""
    return [_choice(column) for column in columns]


def _choice(column: ColumnProfile) -> Choice:
    rules = (_unusable, _identifier, _unique_text, _by_kind)
    for rule in rules:
        choice = rule(column)
        if choice:
            return choice
    return Choice(column.name, "", f"no role takes a column of {column.type}")


def _unusable(column: ColumnProfile) -> Choice | None:
    if column.fault:
        return Choice(column.name, "", column.fault, is_dropped=True)
    if not column.present or not column.sampled:
        return Choice(column.name, "", "no value in any row" if not column.present else "no value in the sample")
    if column.distinct == 1 and column.missing == 0 and (column.low is None or column.low == column.high):
        shown = column.examples[0] if column.examples else "the same"
        return Choice(column.name, "", f"constant: {shown} in every row")
    return None


def _identifier(column: ColumnProfile) -> Choice | None:
    """Return the choice for whole numbers, also if stored as floats, that identify a row."""
    is_whole = column.kind == "integer" or (column.kind == "number" and column.whole)
    if not is_whole or not column.is_unique or column.low is None or column.high is None:
        return None
    if column.high - column.low + 1 == column.rows > 2:
        return Choice(column.name, "", "identifier: it numbers the rows", "numeric")
    if words_of(column.name) & _IDENTIFIER_WORDS:
        return Choice(column.name, "", "identifier by its name, and all values are distinct", "numeric")
    return None


def _unique_text(column: ColumnProfile) -> Choice | None:
    """Return the choice for text with nearly unique values."""
    if column.kind == "text" and column.sampled >= 5:
        if column.is_unique and column.words < TEXT_WORDS:
            return Choice(column.name, "", "identifier: all values are distinct", "categorical")
        if column.distinct > column.sampled / 2 and column.words < TEXT_WORDS and column.sampled >= _FEW_ROWS:
            return Choice(column.name, "", f"near-unique: {_share(column)}", "categorical")
    return None


def _by_kind(column: ColumnProfile) -> Choice | None:
    found = {
        "boolean": lambda: Choice(column.name, "boolean", "true and false"),
        "integer": lambda: _integer(column),
        "number": lambda: _number(column),
        "text": lambda: _text(column),
        "timestamp": lambda: Choice(column.name, "timestamp", "dates" if column.type == "DATE" else "times"),
        "bytes": lambda: Choice(column.name, "", "bytes, which no role can use directly", "categorical"),
        "list": lambda: _list(column),
    }.get(column.kind)
    return found() if found else None


def _integer(column: ColumnProfile) -> Choice:
    low, high, words = column.low or 0, column.high or 0, words_of(column.name)
    if (low, high) == (0, 1):
        return Choice(column.name, "boolean", "0 and 1")
    if "hour" in words and low >= 0 and high <= 23:
        return Choice(column.name, "hour", "0 to 23 by name and range")
    if words & {"weekday", "dow", "day"} and not words & {"of", "month"} and low >= 0 and 1 < high <= 7:
        return Choice(column.name, "weekday", "a cycle of 7 by name and range")
    if "month" in words and "day" not in words and low >= 1 and high <= 12:
        return Choice(column.name, "month", "1 to 12 by name and range")
    if words & _TIME_WORDS and _EPOCH[0] <= low and high <= _EPOCH[1]:
        return Choice(column.name, "timestamp", "seconds since 1970 by name and range")
    return _code(column) if _is_code(column) else Choice(column.name, "numeric", "whole numbers")


def _code(column: ColumnProfile) -> Choice:
    if _is_near_unique(column):
        return Choice(column.name, "", f"near-unique code: {_share(column)}", "categorical")
    if column.distinct > _MOST_CATEGORIES:
        reason = f"a code by its name, {_counted(column)}: more than model.vocabulary_size, {_MOST_CATEGORIES:,}"
        return Choice(column.name, "", reason, "categorical")
    return Choice(column.name, "categorical", f"a code by its name, {_counted(column)}")


def _number(column: ColumnProfile) -> Choice:
    if column.infinite:
        return Choice(column.name, "numeric", f"numbers; {column.infinite:,} infinite ones count as missing")
    return Choice(column.name, "numeric", "numbers")


def _text(column: ColumnProfile) -> Choice:
    mostly_distinct = column.distinct > column.sampled / 2 and column.words >= TEXT_WORDS and column.sampled >= 5
    if mostly_distinct or (column.words >= _REPEATED_TEXT_WORDS and column.distinct > _MOST_CODES):
        evidence = f"{column.words:.0f} words on average, {_share(column)}"
        if is_supported("text"):
            return Choice(column.name, "text", evidence)
        return Choice(column.name, "", f"text ({evidence}), for which there is no role", "categorical")
    return Choice(column.name, "categorical", f"text, {_counted(column)}")


def _list(column: ColumnProfile) -> Choice:
    inner = re.sub(r"\[\d*\]$", "", column.type)
    if not re.fullmatch(r"U?(TINYINT|SMALLINT|INTEGER|BIGINT)|FLOAT|DOUBLE|DECIMAL.*|BOOLEAN", inner):
        return Choice(column.name, "", f"lists of {inner}, for which there is no role")
    if not column.length:
        return Choice(column.name, "", "lists of different lengths, for which there is no role")
    if is_supported("vector"):
        return Choice(column.name, f"vector[{column.length}]", f"lists of {column.length} numbers")
    return Choice(column.name, "", f"lists of {column.length} numbers, for which there is no role")


def is_supported(role: str) -> bool:
    """Say whether models support a role, such as `vector`, which may have several forms."""
    return any(known.partition("[")[0] == role for known in ROLES)


def words_of(name: str) -> set[str]:
    """Return the words of a name, in lower case: `pickupZip_Code` has pickup, zip and code."""
    separated = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name)
    return {word.lower() for word in re.split(r"[\W_]+", separated) if word}


def _is_code(column: ColumnProfile) -> bool:
    words = words_of(column.name) & _CODE_WORDS
    return bool(words) and not (words <= _AMOUNT_WORDS and column.distinct > _MOST_CODES)


def is_code_name(name: str) -> bool:
    """Say whether a name has a word for a code that does not also name amounts."""
    return bool(words_of(name) & _CODE_WORDS - _AMOUNT_WORDS)


def is_time_name(name: str) -> bool:
    """Say whether a name has a word for a time."""
    return bool(words_of(name) & _TIME_WORDS)


def _is_near_unique(column: ColumnProfile) -> bool:
    return column.distinct > max(column.sampled // 2, 1) and column.sampled >= _FEW_ROWS


def _counted(column: ColumnProfile) -> str:
    return "1 value" if column.distinct == 1 else f"{column.distinct:,} values"


def _share(column: ColumnProfile) -> str:
    return f"{column.distinct:,} values in {column.sampled:,} rows"
