"""Garbage collection in a process that serves for long."""

import gc

# So many new objects are looked at together; by default 700, of which each request in flight has some hundred.
_NEW_OBJECTS = 20_000


def keep_objects(*, collect: bool = True) -> None:
    """Exclude the objects that exist now from garbage collection, and collect others more rarely.

    A full collection looks at each object, and no request is answered meanwhile: with TensorFlow's modules for half a
    second, with the runs of a large store for a tenth. Requests leave few cycles.

    Args:
        collect: Whether garbage is collected before; false while requests are answered, so that none waits for it.
    """
    if collect:
        gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)
