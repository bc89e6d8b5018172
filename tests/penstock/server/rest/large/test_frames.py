"""Values between two processes arrive as they were sent."""

import os
import threading
from io import FileIO

import numpy as np
import pytest

from penstock.server.rest.large import frames

# Each is made in its test: a large one takes long.
VALUES = {
    "none": lambda: None,
    "bytes": lambda: b"x" * 3_000_000,
    "arrays by name": lambda: {
        "x": np.arange(400_000, dtype=np.float32),
        "y": np.array([[1, 2], [3, 4]], np.int64),
    },
    "texts": lambda: np.array([b"a", b"", b"\xff"], object),
    "many texts": lambda: np.array([[b"%d" % number] for number in range(200_001)], object),
    "no texts": lambda: np.empty((0, 3), object),
    "one text": lambda: np.array(b"scalar", object),
    "a part of an array": lambda: np.arange(10)[::2],
}


@pytest.fixture
def pipe():
    ours, theirs = os.pipe()
    with FileIO(ours, "rb") as reader, FileIO(theirs, "wb") as writer:
        yield reader, writer


def same(left, right):
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[name], right[name]) for name in left)
    if isinstance(left, np.ndarray):
        return left.dtype == right.dtype and left.shape == right.shape and bool((left == right).all())
    return left == right


@pytest.mark.parametrize("name", VALUES)
def test_value_arrives_as_it_was_sent(pipe, name):
    value = VALUES[name]()
    thread = threading.Thread(target=frames.send, args=(pipe[1], value))
    thread.start()
    assert same(value, frames.receive(pipe[0]))
    thread.join()


def test_end_of_the_other_process_within_a_value_is_noticed(pipe):
    frames.send(pipe[1], b"value")
    whole = pipe[0].read(10_000)
    for size in (0, 1, len(whole) - 1):
        ours, theirs = os.pipe()
        with FileIO(ours, "rb") as reader:
            with FileIO(theirs, "wb") as writer:
                writer.write(whole[:size])
            with pytest.raises(frames.EndedError):
                frames.receive(reader)
