"""Giving memory back to the system between nodes, which share one process."""

import ctypes
import gc


def release_memory() -> None:
    """Collect what nothing refers to any more, and return free memory to the system where the C library can (glibc)."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
