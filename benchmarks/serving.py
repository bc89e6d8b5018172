"""Measures `penstock serve` against the same SavedModel in this process.

`python -m benchmarks.serving --model models/chicago-taxi` starts a server of its own; the load comes from another
process. All of them share the cores of the machine, so the shares are those of a busy machine.
"""

import argparse
import base64
import json
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from benchmarks.serving_load import Load

_STARTED = re.compile(r"REST answers at (\S+)\n(?:gRPC answers at (\S+)\n)?")
_SIGNATURE = "serving_default"


class Server:
    """A server that was started, its addresses and its processes."""

    def __init__(self, process: "subprocess.Popen[str]", rest: str, grpc: str) -> None:
        self.process, self.rest, self.grpc = process, rest, grpc

    def memory(self) -> int:
        """Return the bytes of the processes that answer."""
        return sum(int(each.memory_info().rss) for each in psutil.Process(self.process.pid).children(recursive=True))


@contextmanager
def served(folder: Path, *options: str) -> Iterator[Server]:
    """Start a server of the versions in a folder, and yield it when it is ready."""
    command = [sys.executable, "-m", "pipeline.cli.main", "serve", "--model", f"m={folder}", "--access-log", "none"]
    command += ["--rest-port", "0", "--grpc-port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        text = ""
        while not (found := _STARTED.search(text)) or "Ctrl-C" not in text:
            text += process.stdout.readline() if process.stdout else ""
        server = Server(process, f"{found[1]}:predict", found[2])
        try:
            while loaded(server)["failed"]:
                time.sleep(0.2)
            yield server
        finally:
            process.terminate()
            process.wait(60)


def loaded(server: Server) -> dict[str, Any]:
    """Ask for nothing, to learn whether the models are loaded."""
    import httpx

    state = httpx.get(server.rest.removesuffix(":predict"), timeout=120)
    return {"failed": int("AVAILABLE" not in state.text)}


def rows_of(signature: Any, count: int) -> dict[str, np.ndarray]:
    """Return rows of random whole numbers and words, the same in each run."""
    import tensorflow as tf

    random = np.random.default_rng(0)
    words = np.array([b"Cash", b"Credit Card", b"", b"Unknown"], object)
    rows = {}
    for alias, info in signature.inputs.items():
        shape = (count, *(size or 1 for size in (info.shape or (None,))[1:]))
        dtype = tf.dtypes.as_dtype(info.dtype)
        whole = random.integers(1, 12, shape)
        rows[alias] = words[whole % len(words)] if dtype == tf.string else whole.astype(dtype.as_numpy_dtype)
    return rows


def rest_body(rows: Mapping[str, np.ndarray]) -> bytes:
    """Return the rows as a request of JSON."""
    columns = {
        alias: [each.decode() for each in values] if values.dtype == object else values.tolist()
        for alias, values in rows.items()
    }
    names = list(columns)
    instances = [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return json.dumps({"instances": instances}).encode()


def grpc_message(rows: Mapping[str, np.ndarray]) -> bytes:
    """Return the rows as a PredictRequest."""
    import tensorflow as tf
    from tensorflow_serving.apis.predict_pb2 import PredictRequest

    request = PredictRequest()
    request.model_spec.name = "m"
    for alias, values in rows.items():
        request.inputs[alias].CopyFrom(tf.make_tensor_proto(values))
    return bytes(request.SerializeToString())


def send(load: Load) -> dict[str, Any]:
    """Send requests from a process of its own, and return what it measured."""
    command = [sys.executable, "-m", "benchmarks.serving_load"]
    ran = subprocess.run(command, input=json.dumps(asdict(load)), capture_output=True, text=True, check=True)
    return dict(json.loads(ran.stdout))


def in_process(folder: Path, seconds: float) -> dict[int, dict[str, float]]:
    """Return how long the signature takes in this process for 1 and 100 rows, as a function of TensorFlow."""
    import tensorflow as tf

    from penstock.server.models.servable import load

    described = load(folder, "m", 1).signatures[_SIGNATURE]
    model = tf.saved_model.load(str(folder))
    function, found = model.signatures[_SIGNATURE], {}

    def call(rows: Mapping[str, np.ndarray]) -> None:
        for values in function(**{alias: tf.constant(each) for alias, each in rows.items()}).values():
            values.numpy()

    for count in (1, 100):
        rows = rows_of(described, count)
        found[count] = timed(lambda rows=rows: call(rows), seconds)  # type: ignore[misc]
    return found


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


def measure(versions: Path, seconds: float, swaps: int, soak: float) -> list[dict[str, Any]]:
    """Return the rows of the table: name, value and target."""
    from penstock.server.models.servable import load

    newest = max((each for each in versions.iterdir() if each.name.isdecimal()), key=lambda each: int(each.name))
    signature = load(newest, "m", 1).signatures[_SIGNATURE]
    one, hundred = rows_of(signature, 1), rows_of(signature, 100)
    own = in_process(newest, seconds)
    encode = lambda content: base64.b64encode(content).decode()  # noqa: E731
    single = encode(rest_body(one))
    with served(versions) as server:
        rest = send(Load(server.rest, encode(rest_body(hundred)), 16, seconds))
        grpc = send(Load(server.grpc, encode(grpc_message(hundred)), 16, seconds, grpc=True))
        alone = send(Load(server.rest, single, 1, seconds))
        many = send(Load(server.rest, single, 64, seconds))
    with served(versions, "--batch", "128") as server:
        batched = send(Load(server.rest, single, 64, seconds))
    rows = [
        _row("100 rows, 16 clients, REST: calls a second / in process", rest, own[100], ("per_second", 0.8)),
        _row("100 rows, 16 clients, gRPC: calls a second / in process", grpc, own[100], ("per_second", 0.9)),
        _row("1 row, 1 client, REST: median / in process", alone, own[1], ("median", 2.5)),
        _row("1 row, 1 client, REST: 99th percentile / in process", alone, own[1], ("p99", 5.0)),
        _row("1 row, 64 clients: calls a second, batched / not", batched, many, ("per_second", 4.0)),
    ]
    return rows + (swapped(newest, encode(rest_body(hundred)), swaps, soak) if swaps else [])


def swapped(version: Path, body: str, swaps: int, seconds: float) -> list[dict[str, Any]]:
    """Return the failed requests and the growth of memory under full load, while versions are swapped."""
    with tempfile.TemporaryDirectory() as made:
        folder, found = Path(made) / "m", {}
        shutil.copytree(version, folder / "1")
        with served(folder) as server:
            thread = threading.Thread(target=lambda: found.update(send(Load(server.rest, body, 16, seconds, warm=0.0))))
            thread.start()
            memory: list[int] = []
            for number in range(2, swaps + 2):
                time.sleep(seconds / (swaps + 1))
                shutil.copytree(version, folder / ".staging")
                (folder / ".staging").rename(folder / str(number))
                memory.append(server.memory())
            thread.join()
            memory.append(server.memory())
    first = memory[max(1, len(memory) // 10)]
    name = f"{seconds:.0f} s at full load, {swaps} swaps: "
    return [
        {"name": f"{name}failed requests", "value": found["failed"], "target": 0, "met": found["failed"] == 0},
        {
            "name": f"{name}growth of memory after the first tenth",
            "value": memory[-1] / first - 1,
            "target": 0.03,
            "met": memory[-1] / first - 1 < 0.03,
        },
    ]


def _row(name: str, ours: Mapping[str, Any], other: Mapping[str, Any], aim: tuple[str, float]) -> dict[str, Any]:
    measure, target = aim
    value = ours[measure] / other[measure]
    met = value >= target if measure == "per_second" else value <= target
    return {
        "name": name,
        "value": value,
        "target": target,
        "met": met and not ours["failed"],
        "ours": ours[measure],
        "other": other[measure],
    }


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="folder of the versions of a SavedModel")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long each load lasts")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--swaps", type=int, default=20, help="0 leaves this part out")
    parser.add_argument("--soak", type=float, default=600.0, help="seconds of the load with swaps")
    parser.add_argument("--json", type=Path, help="a file for the numbers")
    given = parser.parse_args()
    repeats = [measure(given.model, given.seconds, given.swaps, given.soak) for _ in range(given.repeats)]
    for rows in repeats:
        for row in rows:
            print(f"{'met ' if row['met'] else 'NOT '} {row['value']:8.3f}  (target {row['target']})  {row['name']}")
    if given.json:
        given.json.write_text(json.dumps(repeats, indent=1))


if __name__ == "__main__":
    main()
