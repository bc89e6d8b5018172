"""Memory of the process: what was freed goes back to the system."""

import ctypes
import gc


def give_back() -> None:
    """Collect the graph of an unloaded version, and return free memory of the C library to the system."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:  # other C libraries return it on their own
        trim(0)
