"""The differences of two plain values: numbers, texts, lists and mappings in each other."""

from collections.abc import Iterator, Mapping
from typing import Any

from penstock.comparison.result import Difference, relative


def differences(one: Any, other: Any, place: tuple[str, ...] = ()) -> Iterator[Difference]:
    """Yield the places where two values differ; two floats have a size, any other two values are equal or not.

    Args:
        one: The first value.
        other: The second value.
        place: The names on the way to the two.
    """
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in dict.fromkeys((*one, *other)):
            yield from differences(one.get(key), other.get(key), (*place, str(key)))
    elif isinstance(one, list | tuple) and isinstance(other, list | tuple):
        if len(one) != len(other):
            yield Difference((*place, "length"), len(one), len(other))
        for number, pair in enumerate(zip(one, other, strict=False)):
            yield from differences(*pair, (*place, str(number)))
    elif isinstance(one, float) and isinstance(other, float):
        size = relative(one, other)
        if size:
            yield Difference(place, one, other, size)
    elif type(one) is not type(other) or one != other:
        yield Difference(place, one, other)
