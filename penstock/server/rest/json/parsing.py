"""Reads a body as TensorFlow Serving's parser does, or faster if the difference cannot show.

TensorFlow Serving uses RapidJSON: NaN and Infinity are numbers, the first of equal keys wins, what follows the first
value is ignored, strings may be invalid UTF-8, and an error names an offset.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import rapidjson

from penstock.server.errors import Code, ServingError

BOM = b"\xef\xbb\xbf"
TOO_BIG = "Number too big to be stored in double."
DEEPEST = 1000

_KEY = re.compile(rb'"[ \t\r\n]*:')
_ERROR = re.compile(r"Parse error at offset (\d+): (.*)", re.DOTALL)
_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
# Python makes no integers of more digits, if its limit is the default one.
_TOO_LONG = re.compile(rb"-?[0-9]{4301,}")
_NOT_SINGULAR = "The document root must not be followed by other values."
# Bytes of an invalid body as characters that no text uses: one character for one byte.
_CARRIERS = 0xE000
_TO_CARRIERS = {byte: _CARRIERS + byte for byte in range(0x80, 0x100)}
_FROM_CARRIERS = {_CARRIERS + byte: byte for byte in range(0x80, 0x100)}
_NOT_CARRIED = re.compile("[\x80-\ue07f\ue100-\U0010ffff]+")


class Irregular(Exception):
    """The fast reader cannot show that it reads the body as TensorFlow Serving does."""


class Members(list[tuple[str, Any]]):
    """An object of JSON with equal keys: its members in their order."""


@dataclass
class Read:
    """What was read of a body.

    Attributes:
        keys: The number of keys.
        colons: The number of colons in texts.
        nans: The number of nulls that stand for NaN; None if no null stands for it.
    """

    keys: int = 0
    colons: int = 0
    nans: int | None = None


def regular(body: bytes) -> tuple[Any, int | None]:
    """Return the value of strict JSON, or with NaN in it; raise `Irregular` for anything else.

    The second value is None, or how many nulls in the value are NaN. `check` has to follow.
    """
    try:
        return orjson.loads(body), None
    except orjson.JSONDecodeError as error:
        if b"NaN" not in body or b"null" in body:
            raise Irregular from error
    strict = body.replace(b"NaN", b"null")
    try:
        return orjson.loads(strict), len(strict) - len(body)
    except orjson.JSONDecodeError as error:
        raise Irregular from error


def check(bodies: Sequence[bytes], read: Read, nans: int | None) -> None:
    """Raise `Irregular` unless every key of some bodies was read, of which one is lost if two are equal, and every NaN.

    The sums over several bodies are compared: a body never has fewer of what is counted than was read of it.
    """
    # A NaN may be part of a text.
    if read.nans != nans:
        raise Irregular
    # Each key has a colon after it.
    colons = sum(body.count(b":") for body in bodies)
    if colons == read.keys:
        return
    if colons == read.keys + read.colons and not any(b"\\" in body for body in bodies):
        return
    # Something in a text looks like the end of a key, or a key was lost.
    if sum(len(_KEY.findall(body)) for body in bodies) != read.keys:
        raise Irregular


def exact(body: bytes) -> Any:
    """Return the value as TensorFlow Serving reads it, objects with equal keys as `Members`; raise its error."""
    if not body:
        raise _parse_error("The document is empty")
    start = len(BOM) if body.startswith(BOM) else 0
    try:
        return _value(body[start:], start)
    except UnicodeDecodeError:
        return _value_of_bytes(body[start:], start)


def members(value: Any) -> Any:
    """Return the members of an object in their order."""
    return value.items() if type(value) is dict else value


def member(value: Any, name: str) -> tuple[bool, Any]:
    """Return whether an object has a member of a name, and the first one."""
    for key, found in members(value):
        if key == name:
            return True, found
    return False, None


def is_object(value: Any) -> bool:
    """Return whether a value is an object of JSON."""
    return isinstance(value, dict | Members)


class _Decoder(rapidjson.Decoder):
    """Objects with equal keys as `Members`."""

    def start_object(self) -> list[tuple[str, Any]]:
        return []

    def end_object(self, found: list[tuple[str, Any]]) -> Any:
        plain = dict(found)
        return plain if len(plain) == len(found) else Members(found)


class _BytesDecoder(_Decoder):
    """Strings as the bytes of a body that is not valid UTF-8."""

    def string(self, text: str) -> str | bytes:
        return text if text.isascii() else _bytes_of(text)


# Numbers are rounded correctly, and an integer keeps every digit.
_DECODER = _Decoder(number_mode=rapidjson.NM_NAN)
_BYTES_DECODER = _BytesDecoder(number_mode=rapidjson.NM_NAN)


def _value(body: bytes, start: int, decoder: Any = _DECODER) -> Any:
    try:
        return decoder(body)
    except UnicodeDecodeError:
        raise
    except RecursionError as error:
        raise _parse_error(f"More than {DEEPEST} levels of nesting.") from error
    except ValueError as error:
        found = _ERROR.fullmatch(str(error))
        if found is None:
            # Newer releases of the library do not say where the number is that Python refuses.
            number = _TOO_LONG.search(_TEXT.sub(lambda text: b" " * len(text[0]), body))
            raise (_parse_error(TOO_BIG, start + number.start()) if number else _parse_error(str(error))) from error
        offset, text = int(found[1]), found[2]
        if text == _NOT_SINGULAR and offset:
            return _value(body[:offset], start, decoder)
        raise _parse_error(TOO_BIG if text.startswith("Invalid integer") else text, offset + start) from error


def _value_of_bytes(body: bytes, start: int) -> Any:
    carried = body.decode("latin-1").translate(_TO_CARRIERS).encode()
    try:
        return _value(carried, 0, _BYTES_DECODER)
    except ServingError as error:
        found = re.fullmatch(r"JSON Parse error: (.*) at offset: (\d+)", error.message, re.DOTALL)
        if found is None:
            raise
        raise _parse_error(found[1], start + len(carried[: int(found[2])].decode(errors="ignore"))) from error


def _bytes_of(text: str) -> bytes:
    """Return the bytes of a string whose bytes above 127 became characters."""
    parts, place = [], 0
    # Escaped characters.
    for found in _NOT_CARRIED.finditer(text):
        parts += [text[place : found.start()].translate(_FROM_CARRIERS).encode("latin-1"), found[0].encode()]
        place = found.end()
    return b"".join([*parts, text[place:].translate(_FROM_CARRIERS).encode("latin-1")])


def _parse_error(text: str, offset: int | None = None) -> ServingError:
    place = "" if offset is None else f" at offset: {offset}"
    return ServingError(Code.INVALID_ARGUMENT, f"JSON Parse error: {text}{place}")
