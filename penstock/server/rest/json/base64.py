"""Base64 as Abseil decodes it: padding may be left out, white space is skipped, the rest has to be right."""

import binascii
import re
from contextlib import suppress

from penstock.server.errors import Code, ServingError

_SPACE = re.compile(rb"[ \t\n\v\f\r]+")
_FORM = re.compile(rb"([A-Za-z0-9+/]*)([=.]*)")
# Padding by the number of characters over a multiple of four; one alone holds no byte.
_PADDING = {0: 0, 2: 2, 3: 1}


def decoded(text: str | bytes) -> bytes:
    """Return the bytes of a text; raise TensorFlow Serving's error."""
    data = text.encode() if isinstance(text, str) else text
    # Python's strict mode takes a wrong number of signs of padding.
    if len(data) % 4 == 0 and not data.endswith(b"==="):
        with suppress(ValueError):
            return binascii.a2b_base64(data, strict_mode=True)
    return _lenient(data)


def _lenient(text: bytes) -> bytes:
    found = _FORM.fullmatch(_SPACE.sub(b"", text))
    if found is not None:
        digits, padding = found[1], len(found[2])
        expected = _PADDING.get(len(digits) % 4)
        if expected is not None and padding in (0, expected):
            return binascii.a2b_base64(digits + b"=" * expected)
    raise ServingError(Code.INVALID_ARGUMENT, "Unable to base64 decode")
