"""Sends the same request again and again to a prediction server, from a process of its own.

`python -m benchmarks.serving.load` reads what to do as JSON from standard input, and writes what it measured to
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

import uvloop


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
        keep: Whether each answer is reported: when its request was sent, in seconds since 1970, and how long it took.
        kind: The type of the body.
    """

    address: str
    body: str
    clients: int
    seconds: float
    grpc: bool = False
    warm: float = 0.5
    keep: bool = False
    kind: str = ""


@dataclass
class Measured:
    """What was measured.

    Attributes:
        seconds: How long each answer took.
        moments: When each of their requests was sent, by the clock of the process.
        failed: How many requests failed, and the first failure.
        begin: When the first request that counts could be sent.
        end: When the last answer came.
    """

    seconds: list[float] = field(default_factory=list)
    moments: list[float] = field(default_factory=list)
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
    measured, loop = _measured(load), asyncio.get_running_loop()
    clients = [_Client(load, measured, loop.create_future()) for _ in range(load.clients)]
    place = urlsplit(load.address)
    for client in clients:
        await loop.create_connection(lambda client=client: client, str(place.hostname), place.port or 80)  # type: ignore[misc]
    await asyncio.gather(*(client.done for client in clients))
    measured.end = time.perf_counter()
    return measured


class _Client(asyncio.Protocol):
    """A connection that sends a request whenever the answer to the one before is complete.

    It has few steps for each answer, as the load shares the cores with the server.
    """

    def __init__(self, load: Load, measured: Measured, done: "asyncio.Future[None]") -> None:
        place, body = urlsplit(load.address), base64.b64decode(load.body)
        head = f"POST {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Length: {len(body)}\r\n"
        head += f"Content-Type: {load.kind}\r\n\r\n" if load.kind else "\r\n"
        self._request, self._measured, self.done = head.encode() + body, measured, done
        self._ends = measured.begin + load.seconds
        self._received, self._sent = b"", 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        self._send()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, content = self._received.partition(b"\r\n\r\n")
        if not separator:
            return
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        if len(content) < length:
            return
        self._received = b""
        good = head.startswith(b"HTTP/1.1 200 ")
        _record(self._measured, self._sent, "" if good else content.decode(errors="replace"))
        self._send()

    def connection_lost(self, _: Exception | None) -> None:
        if not self.done.done():
            self._measured.failed.append("the connection was lost")
            self.done.set_result(None)

    def _send(self) -> None:
        self._sent = time.perf_counter()
        if self._sent < self._ends:
            self._transport.write(self._request)
        else:
            self.done.set_result(None)
            self._transport.close()


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
        measured.moments.append(sent)


def main() -> None:
    """Do what standard input says."""
    load = Load(**json.load(sys.stdin))
    measured = over_grpc(load) if load.grpc else uvloop.run(over_http(load))
    shift = time.time() - time.perf_counter()
    kept = [[sent + shift, took] for sent, took in zip(measured.moments, measured.seconds, strict=True)]
    answers = {"answers": kept} if load.keep else {}
    json.dump({**asdict(load), "body": "", **measured.summary(), **answers}, sys.stdout)


if __name__ == "__main__":
    main()
