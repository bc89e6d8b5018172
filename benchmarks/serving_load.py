"""Sends the same request again and again to a prediction server, from a process of its own.

`python -m benchmarks.serving_load` reads what to do as JSON from standard input, and writes what it measured to
standard output.
"""

import asyncio
import base64
import json
import sys
import threading
import time
from dataclasses import asdict, dataclass, field
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Load:
    """What to send.

    Attributes:
        address: The URL of a request, or the address of gRPC.
        body: The body or message, in base64.
        clients: How many connections, each of which waits for its answer.
        seconds: For how long.
        grpc: Whether the address is one of gRPC.
        warm: So many seconds at the beginning do not count.
    """

    address: str
    body: str
    clients: int
    seconds: float
    grpc: bool = False
    warm: float = 1.0


@dataclass
class Measured:
    """What was measured.

    Attributes:
        seconds: How long each answer took.
        failed: How many requests failed, and the first failure.
        begin: When the first request that counts could be sent.
        end: When the last answer came.
    """

    seconds: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    begin: float = 0.0
    end: float = 0.0

    def summary(self) -> dict[str, float | int | str]:
        """Return the numbers of the table."""
        ordered, count = sorted(self.seconds), len(self.seconds)
        return {
            "requests": count,
            "per_second": count / (self.end - self.begin) if count else 0.0,
            "median": ordered[count // 2] if count else 0.0,
            "p99": ordered[int(count * 0.99)] if count else 0.0,
            "failed": len(self.failed),
            "failure": self.failed[0] if self.failed else "",
        }


async def over_http(load: Load) -> Measured:
    """Send requests over HTTP."""
    place, body = urlsplit(load.address), base64.b64decode(load.body)
    head = f"POST {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Length: {len(body)}\r\n\r\n"
    measured = _measured(load)
    ends = measured.begin + load.seconds

    async def client() -> None:
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        while (sent := time.perf_counter()) < ends:
            writer.write(head.encode() + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            length = int(answer.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            content = await reader.readexactly(length)
            _record(measured, sent, "" if answer.startswith(b"HTTP/1.1 200 ") else content.decode(errors="replace"))
        writer.close()

    await asyncio.gather(*(client() for _ in range(load.clients)))
    measured.end = time.perf_counter()
    return measured


def over_grpc(load: Load) -> Measured:
    """Send requests over gRPC, each client from a thread and a connection of its own."""
    import grpc

    message, measured = base64.b64decode(load.body), _measured(load)
    ends = measured.begin + load.seconds

    def client(number: int) -> None:
        # Channels with equal options share a connection.
        with grpc.insecure_channel(load.address, [("grpc.client", number)]) as channel:
            predict = channel.unary_unary("/tensorflow.serving.PredictionService/Predict")
            while (sent := time.perf_counter()) < ends:
                try:
                    predict(message, timeout=60)
                    _record(measured, sent, "")
                except grpc.RpcError as error:
                    _record(measured, sent, str(error))

    threads = [threading.Thread(target=client, args=(number,)) for number in range(load.clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    measured.end = time.perf_counter()
    return measured


def _measured(load: Load) -> Measured:
    return Measured(begin=time.perf_counter() + load.warm)


def _record(measured: Measured, sent: float, failure: str) -> None:
    if failure:
        measured.failed.append(failure)
    elif sent >= measured.begin:
        measured.seconds.append(time.perf_counter() - sent)


def main() -> None:
    """Do what standard input says."""
    load = Load(**json.load(sys.stdin))
    measured = over_grpc(load) if load.grpc else asyncio.run(over_http(load))
    json.dump({**asdict(load), "body": "", **measured.summary()}, sys.stdout)


if __name__ == "__main__":
    main()
