"""Keep what TensorFlow's native code prints off the screen."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


@contextmanager
def silence() -> Iterator[TextIO]:
    """Let nothing through to standard error but what is written to the stream that is given."""
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    try:
        with _screen(kept) as screen:
            yield screen
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)


@contextmanager
def _screen(descriptor: int) -> Iterator[TextIO]:
    try:
        replaced = sys.stderr.fileno() != 2
    except (io.UnsupportedOperation, ValueError):
        replaced = True
    if replaced:  # Somebody reads sys.stderr inside this process, such as a notebook; it never was on descriptor 2.
        yield sys.stderr
        return
    with os.fdopen(os.dup(descriptor), "w", encoding="utf-8", errors="replace", buffering=1) as stream:
        yield stream
