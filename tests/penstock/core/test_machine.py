import gc
import mmap
import os
import weakref
from pathlib import Path

import numpy as np
import psutil
import pytest

from penstock.core import machine


def test_c_library_is_glibc_with_its_version():
    assert machine.c_library().startswith("glibc 2.")


def test_a_library_can_be_loaded_or_not():
    assert machine.can_load("libc.so.6")
    assert not machine.can_load("libnone.so.9")


def test_mounts_include_the_root():
    assert Path("/") in machine.mounts()


@pytest.mark.parametrize(("text", "expected"), [("1000\n", 1000), ("max\n", None), (None, None)])
def test_memory_limit_is_the_container_s_where_it_has_one(tmp_path, text, expected):
    group = tmp_path / "memory.max"
    if text is not None:
        group.write_text(text)
    assert machine.memory_limit(group) == (expected or psutil.virtual_memory().total)


def test_nearest_existing_is_the_first_parent_that_exists(tmp_path):
    assert machine.nearest_existing(tmp_path / "not" / "there") == tmp_path
    assert machine.nearest_existing(tmp_path) == tmp_path


@pytest.mark.slow
def test_peak_memory_is_that_since_the_last_call():
    machine.peak_memory(os.getpid())
    # The C library may keep what is freed; a mapping that is closed is gone.
    with mmap.mmap(-1, 64 * 2**20) as large:
        for page in range(0, len(large), mmap.PAGESIZE):
            large[page] = 1
        before = psutil.Process().memory_info().rss
    assert machine.peak_memory(os.getpid()) >= before - 2**20
    assert machine.peak_memory(os.getpid()) < before


def test_process_that_has_ended_has_no_peak():
    assert machine.peak_memory(2**22 + 1) is None


class Node:
    """Something that refers to itself, as graphs do."""

    def __init__(self):
        self.itself = self


@pytest.mark.slow
def test_unreachable_object_is_collected():
    gc.disable()
    try:
        known = weakref.ref(Node())
        assert known() is not None
        machine.release_memory()
        assert known() is None
    finally:
        gc.enable()


@pytest.mark.slow
def test_memory_of_many_small_arrays_is_released_to_the_system():
    process = psutil.Process()
    arrays = [np.ones(2000) for _ in range(20_000)]
    before = process.memory_info().rss
    del arrays
    machine.release_memory()
    assert process.memory_info().rss < before - 200_000_000


def test_user_without_a_name_is_a_number(monkeypatch):
    def nameless():
        raise KeyError("getpwuid(): uid not found: 1234")

    monkeypatch.setattr(machine.getpass, "getuser", nameless)
    assert machine.user_name() == str(os.getuid())
