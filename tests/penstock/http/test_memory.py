"""Garbage collection, observed in a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]
COLLECTING = """
import gc, weakref
from penstock.http.memory import keep_objects

class Node:
    pass

def cycle():
    node = Node()
    node.self = node
    return weakref.ref(node)

def collections():
    return sum(each["collections"] for each in gc.get_stats())

many = [[number] for number in range(300_000)]
keep_objects(collect=%s)
later = cycle()
tracked = len(gc.get_objects())
before = collections()
more = [[number] for number in range(10_000)]
print(tracked < 10_000, collections() - before)
gc.collect()
print(later() is None)
"""


@pytest.mark.parametrize("collect", [True, False])
def test_what_exists_is_not_looked_at_again_and_what_comes_later_is_collected(collect):
    command = [sys.executable, "-c", COLLECTING % collect]
    ran = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60)
    assert ran.stdout.split() == ["True", "0", "True"], ran.stderr
