"""Giving memory back to the system between nodes, which share one process."""

import ctypes
import gc

import pyarrow as pa


def release_memory() -> None:
    """Collect what nothing refers to any more, and return free memory to the system where the C library can (glibc)."""
    gc.collect()
    pa.default_memory_pool().release_unused()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
