"""Memory that is given back."""

import gc
import weakref

import numpy as np
import psutil

from penstock.core.memory import release_memory


class Node:
    """Something that refers to itself, as graphs do."""

    def __init__(self):
        self.itself = self


def test_what_refers_only_to_itself_is_collected():
    gc.disable()
    try:
        known = weakref.ref(Node())
        assert known() is not None
        release_memory()
        assert known() is None
    finally:
        gc.enable()


def test_memory_of_many_small_arrays_goes_back_to_the_system():
    process = psutil.Process()
    arrays = [np.ones(2000) for _ in range(20_000)]
    held = process.memory_info().rss
    del arrays
    release_memory()
    assert process.memory_info().rss < held - 200_000_000
