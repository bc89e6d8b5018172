"""How long a signature takes in this process, as a function of TensorFlow: the measure of the server."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.serving.requests import Rows

SIGNATURE = "serving_default"


def function_of(folder: Path) -> Callable[[Rows], None]:
    """Return what calls the signature of a SavedModel, and reads its outputs."""
    import tensorflow as tf

    model = tf.saved_model.load(str(folder))
    function = model.signatures[SIGNATURE]

    def call(rows: Rows, model: Any = model) -> None:  # noqa: ARG001  the function does not keep its variables alive
        for values in function(**{alias: tf.constant(each) for alias, each in rows.items()}).values():
            values.numpy()

    return call


def timed(call: Callable[[], None], seconds: float) -> dict[str, float]:
    """Call again and again, and return calls per second, the median and the 99th percentile."""
    for _ in range(20):
        call()
    took: list[float] = []
    begin = time.perf_counter()
    while (now := time.perf_counter()) - begin < seconds:
        call()
        took.append(time.perf_counter() - now)
    ordered = sorted(took)
    per_second = len(took) / (time.perf_counter() - begin)
    return {
        "per_second": per_second,
        "median": ordered[len(took) // 2],
        "p99": ordered[int(len(took) * 0.99)],
    }
