"""Keeping a screen calm: what is printed in this process goes to a file, native code's lines too."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import TextIO


@contextmanager
def diverted(file: TextIO) -> Iterator[None]:
    """Let standard output, standard error and log lines go to `file` instead.

    The file must stay open as long as the process logs: a logger that wakes up in here keeps it.
    """
    outer = (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__)
    handlers = [h for h in logging.root.handlers if isinstance(h, logging.StreamHandler) and h.stream in outer]
    before = [(handler, handler.setStream(file)) for handler in handlers]
    _flush(*outer)
    kept = {descriptor: os.dup(descriptor) for descriptor in (1, 2)}
    for descriptor in kept:
        os.dup2(file.fileno(), descriptor)
    try:
        with redirect_stdout(file), redirect_stderr(file):
            yield
    finally:
        _flush(file)
        for descriptor, original in kept.items():
            os.dup2(original, descriptor)
            os.close(original)
        for handler, stream in before:
            if stream is not None:
                handler.setStream(stream)


@contextmanager
def own_arguments() -> Iterator[None]:
    """Hide the command line: Beam and TFX's executors parse `sys.argv` for flags of their own."""
    before, sys.argv = sys.argv, sys.argv[:1]
    try:
        yield
    finally:
        sys.argv = before


def _flush(*streams: TextIO | None) -> None:
    for stream in streams:
        if stream is not None and not stream.closed:
            stream.flush()
