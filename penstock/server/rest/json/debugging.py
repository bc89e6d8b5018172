"""The text by which TensorFlow Serving's errors show a JSON value: indented, cut after 256 bytes."""

import math
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import orjson

from penstock.server.rest.json.parsing import is_object, members

LIMIT = 256


def shown(value: Any) -> str:
    """Return the first 256 bytes of a value; the token that passes the limit is written in full."""
    text = ""
    size = 0
    for token in _tokens(value, 1):
        text += token
        size += len(token) if token.isascii() else len(token.encode(errors="replace"))
        if size >= LIMIT:
            break
    return text


def type_of(value: Any) -> str:
    """Return RapidJSON's name of a value's type."""
    if value is None or isinstance(value, bool):
        return {None: "Null", True: "True", False: "False"}[value]
    if isinstance(value, str | bytes):
        return "String"
    if isinstance(value, int | float):
        return "Number"
    return "Object" if is_object(value) else "Array"


def _tokens(value: Any, level: int) -> Iterator[str]:
    if is_object(value):
        yield from _object_tokens(value, level)
    elif isinstance(value, list):
        yield "["
        for index, element in enumerate(value):
            comma = ", " if index else ""
            yield from _after(comma, element, level)
        yield "]"
    else:
        yield _scalar(value)


def _object_tokens(value: Any, level: int) -> Iterator[str]:
    indent = "    " * level
    yield "{"
    empty = True
    for name, element in members(value):
        yield f"{'' if empty else ','}\n{indent}{_string(name)}"
        yield from _after(": ", element, level)
        empty = False
    yield "}" if empty else f"\n{indent[4:]}}}"


def _after(separator: str, value: Any, level: int) -> Iterator[str]:
    """Yield the tokens of a value; the separator is part of the first one."""
    tokens = _tokens(value, level + 1)
    yield separator + next(tokens)
    yield from tokens


def _scalar(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str | bytes):
        return _string(value)
    if isinstance(value, int) and -(2**63) <= value < 2**64:
        return str(value)
    return number(float(value))


def _string(value: str | bytes) -> str:
    text = value.decode(errors="replace") if isinstance(value, bytes) else value
    return orjson.dumps(text).decode()


def number(value: float) -> str:
    """Return a double as RapidJSON writes it."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    parts = Decimal(repr(value)).as_tuple()
    digits = "".join(map(str, parts.digits))
    point = len(digits) + int(parts.exponent)
    return ("-" if parts.sign else "") + _placed(digits.rstrip("0") or "0", point)


def _placed(digits: str, point: int) -> str:
    """Put the point after so many of the digits, or write an exponent."""
    if digits == "0":
        return "0.0"
    if len(digits) <= point <= 21:
        return f"{digits:0<{point}}.0"
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"0.{'0' * -point}{digits}"
    mantissa = digits if len(digits) == 1 else f"{digits[0]}.{digits[1:]}"
    return f"{mantissa}e{point - 1}"
