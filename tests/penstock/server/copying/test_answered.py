"""What is known of a request and its answer."""

import numpy as np

from penstock.server.copying.answered import Answered


def test_size_is_that_of_the_values():
    inputs = {"x": np.array([1.5, 2], "f4"), "s": np.array([b"abc", b""], object)}
    assert Answered("m", 1, "s", inputs, {"y": np.array([0.25, 0.75], "f4")}).size == 8 + 16 + 3 + 8
