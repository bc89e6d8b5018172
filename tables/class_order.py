"""Which of two classes is the positive one, where the values say it: yes of yes and no, 1 of 0 and 1, >50K of <=50K.

Values are compared without the blanks around them, capitals and Unicode's forms. docs/tasks/train.md has the table.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

# Negative and positive; words of several of these pairs may be in one column.
_TRUTH = (("false", "true"), ("f", "t"), ("no", "yes"), ("n", "y"), ("0", "1"), ("off", "on"))
_PAIRS = (("negative", "positive"), ("neg", "pos"), ("-", "+"), ("absent", "present"), ("low", "high"))
_OPPOSITES = {("<=", ">"), ("<", ">=")}


def positive_values(values: Iterable[Any]) -> tuple[Any, ...]:
    """Return those of the values that mean the positive class, in their order; none where the values do not say."""
    given = list(values)
    meanings = [meaning(value) for value in given]
    positive = _positive(frozenset(meanings))
    return tuple(value for value, known in zip(given, meanings, strict=True) if known in positive)


def meaning(value: Any) -> str:
    """Return what a value is compared by: `YES ` is yes, `1.0` is 1."""
    text = unicodedata.normalize("NFKC", str(value)).strip().casefold()
    whole = re.fullmatch(r"([+-]?)0*(\d+)(\.0*)?", text)
    return f"{whole[1].strip('+') if int(whole[2]) else ''}{whole[2]}" if whole else text


def _positive(meanings: frozenset[str]) -> frozenset[str]:
    truth = {word for pair in _TRUTH for word in pair}
    if meanings <= truth and any(meanings.issuperset(pair) for pair in _TRUTH):
        return meanings & {positive for _, positive in _TRUTH}
    if len(meanings) != 2:
        return frozenset()
    first, second = sorted(meanings)
    return frozenset(
        positive for negative, positive in ((first, second), (second, first)) if _is_opposite(negative, positive)
    )


def _is_opposite(negative: str, positive: str) -> bool:
    """Say whether the first word is known for the negative of the second."""
    return (negative, positive) in _PAIRS or _by_numbers(negative, positive) or _by_negation(negative, positive)


def _by_numbers(negative: str, positive: str) -> bool:
    """Say whether the second is above zero and the first is not, or the two are what lies below and above a bound."""
    bounds = [re.fullmatch(r"([<>]=?)\s*(\S.*)", word) for word in (negative, positive)]
    if bounds[0] and bounds[1]:
        return (bounds[0][1], bounds[1][1]) in _OPPOSITES and bounds[0][2] == bounds[1][2]
    try:
        return float(negative) <= 0 < float(positive)
    except ValueError:
        return False


def _by_negation(negative: str, positive: str) -> bool:
    found = re.fullmatch(r"(?:not|no|non|without)[\s_-]+(\S.*)", negative)
    return bool(found and found[1] == positive)
