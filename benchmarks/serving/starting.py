"""The time from the start of a server to its first answer, against importing TensorFlow and loading the model."""

import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from benchmarks.serving.server import STARTED

BOUND = 1.3
_SECONDS = 300
# The same model by TensorFlow alone.
_ALONE = """
import sys, tensorflow as tf
model = tf.saved_model.load(sys.argv[1])
print(list(model.signatures))
"""


def started(version: Path, body: bytes, repeats: int) -> dict[str, Any]:
    """Return the line of the table; both alternate."""
    alone(version)
    pairs = [(first_answer(version, body), alone(version)) for _ in range(repeats)]
    value = statistics.median(ours / other for ours, other in pairs)
    ours, other = (statistics.median(each) for each in zip(*pairs, strict=True))
    return {
        "name": "Start to first answer / import of TensorFlow and load of the model",
        **{"target": BOUND, "is_least": False, "value": value, "met": value <= BOUND},
        **{"ours": ours, "other": other, "measure": "seconds"},
    }


def alone(version: Path) -> float:
    """Return how long a process takes that imports TensorFlow and loads the model."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", _ALONE, str(version)], check=True, capture_output=True)
    return time.perf_counter() - begin


def first_answer(version: Path, body: bytes) -> float:
    """Return how long it takes from the start of a server to the answer of a request."""
    command = [sys.executable, "-m", "pipeline.cli.main", "serve", "--model", f"m={version.parent}"]
    # A busy machine may take longer than the server lets a request wait by default.
    command += ["--rest-port", "0", "--grpc-port", "0", "--access-log", "none", "--timeout", str(_SECONDS)]
    begin = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        text = ""
        while not (found := STARTED.search(text)):
            text += process.stdout.readline() if process.stdout else ""
        # The server takes requests from the beginning, and answers when the model is loaded.
        answer = httpx.post(f"{found[1]}:predict", content=body, timeout=_SECONDS)
        seconds = time.perf_counter() - begin
        process.terminate()
        process.wait(60)
    answer.raise_for_status()
    return seconds
