"""Sending what TensorFlow, Beam and absl print to a log file, while the screen stays ours."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


@contextmanager
def quiet(log: Path) -> Iterator[TextIO]:
    """Redirect this process's standard output and error to `log`, native code's too; yield the real standard output."""
    log.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    sys.stderr.flush()
    kept = {descriptor: os.dup(descriptor) for descriptor in (1, 2)}
    screen = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    with log.open("a", encoding="utf-8") as file:
        for descriptor in kept:
            os.dup2(file.fileno(), descriptor)
    try:
        yield screen
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        screen.close()
        for descriptor, original in kept.items():
            os.dup2(original, descriptor)
            os.close(original)
