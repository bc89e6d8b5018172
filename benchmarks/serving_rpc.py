"""The load on a prediction server over gRPC: clients in one process, each with a connection of its own."""

import statistics
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

import grpc
import numpy as np

_PREDICT = "/tensorflow.serving.PredictionService/Predict"


@dataclass(frozen=True)
class Load:
    """What clients saw.

    Attributes:
        calls: How many calls were answered.
        failed: How many were not.
        seconds: How long the clients called.
        median: The median of the seconds of a call.
        p99: The 99th percentile of the seconds of a call.
    """

    calls: int
    failed: int
    seconds: float
    median: float
    p99: float

    @property
    def rate(self) -> float:
        """Calls per second."""
        return self.calls / self.seconds


def predict_request(model: str, tensors: Mapping[str, np.ndarray]) -> bytes:
    """Return a request for the default signature of a model, as it is sent."""
    import tensorflow as tf
    from tensorflow_serving.apis.predict_pb2 import PredictRequest

    request = PredictRequest(model_spec={"name": model})
    for alias, values in tensors.items():
        request.inputs[alias].CopyFrom(tf.make_tensor_proto(values))
    content: bytes = request.SerializeToString()
    return content


def measure(address: str, request: bytes, clients: int, seconds: float) -> Load:
    """Call a server again and again.

    Args:
        address: Its host and port.
        request: What each client sends.
        clients: How many of them call at the same time.
        seconds: How long.
    """
    times: list[float] = []
    failures: list[Exception] = []
    ready, ended = threading.Barrier(clients + 1), threading.Event()
    threads = [
        threading.Thread(target=_client, args=(address, request, ready, ended, (times, failures)))
        for _ in range(clients)
    ]
    for thread in threads:
        thread.start()
    ready.wait()
    begin = time.perf_counter()
    ended.wait(seconds)
    ended.set()
    for thread in threads:
        thread.join()
    whole = time.perf_counter() - begin
    ordered = sorted(times) or [float("nan")]
    return Load(len(times), len(failures), whole, statistics.median(ordered), ordered[int(0.99 * len(ordered))])


def _client(
    address: str,
    request: bytes,
    ready: threading.Barrier,
    ended: threading.Event,
    outcome: tuple[list[float], list[Exception]],
) -> None:
    times, failures = outcome
    # Else the channels of a process share a connection.
    with grpc.insecure_channel(address, [("grpc.use_local_subchannel_pool", 1)]) as channel:
        predict = channel.unary_unary(_PREDICT)
        predict(request, wait_for_ready=True, timeout=60)
        ready.wait()
        while not ended.is_set():
            begin = time.perf_counter()
            try:
                predict(request, timeout=60)
            except grpc.RpcError as error:
                failures.append(error)
            else:
                times.append(time.perf_counter() - begin)
