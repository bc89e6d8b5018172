"""Memory of the process: what is loaded once is left alone, and what was freed goes back to the system."""

import ctypes
import gc

# So many new objects are looked at together; by default 700, of which each request in flight has some hundred.
_NEW_OBJECTS = 20_000


def keep_imports() -> None:
    """Exclude the objects that exist now, such as those of TensorFlow's modules, from garbage collection.

    A full collection looks at each of them, which takes half a second with TensorFlow. Models are loaded afterwards, so
    that those that are unloaded are collected. Requests leave few cycles, so that rarer collections suffice.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)


def give_back() -> None:
    """Collect the graph of an unloaded version, and return free memory of the C library to the system."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:  # other C libraries return it on their own
        trim(0)
