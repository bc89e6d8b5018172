"""The prediction server of a candidate, in threads of this process: TensorFlow is not imported a second time.

What answers is what `penstock serve` runs, and clients reach it through sockets, over HTTP and over gRPC.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import uvicorn

from penstock.core.errors import NodeError
from penstock.parity.checking import Servers
from penstock.parity.rest import RestServer
from penstock.parity.rpc import GrpcServer
from penstock.server.models.models import ModelConfig, Models
from penstock.server.rest.application import application
from penstock.server.rpc.server import listen, make_server, stop
from penstock.server.rpc.services import add_services

_HOST = "127.0.0.1"
_START_SECONDS = 30


@contextmanager
def serving(model: Path, name: str) -> Iterator[Servers]:
    """Serve a SavedModel by a name in the block, at free ports of this machine, and yield clients of it.

    Raises:
        NodeError: The model cannot be loaded, or the server does not start.
    """
    with ExitStack() as stack:
        models = Models([ModelConfig(name, model)])
        stack.callback(models.close)
        _check_loaded(models, name)
        rest = stack.enter_context(_rest(models))
        grpc = stack.enter_context(_grpc(models))
        by_rest, by_grpc = RestServer(rest, name, None), GrpcServer(grpc, name, None)
        stack.callback(by_rest.close)
        stack.callback(by_grpc.close)
        yield Servers(by_rest, by_grpc)


def _check_loaded(models: Models, name: str) -> None:
    found = models.states(name)
    if not models.is_ready():
        raise NodeError("the server of the model", "a model that it can load", found[0].message, _LOOK)


@contextmanager
def _rest(models: Models) -> Iterator[str]:
    """Run the application of the REST interface, and yield its address."""
    with socket.socket() as listening:
        listening.bind((_HOST, 0))
        config = uvicorn.Config(application(models), log_config=None, access_log=False, lifespan="on")
        server = uvicorn.Server(config)
        failures: list[BaseException] = []
        thread = threading.Thread(target=_run, args=(server, listening, failures), name="rest", daemon=True)
        thread.start()
        try:
            _await_start(server, thread, failures)
            yield f"http://{_HOST}:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def _run(server: uvicorn.Server, listening: socket.socket, failures: list[BaseException]) -> None:
    try:
        server.run(sockets=[listening])
    except (Exception, SystemExit) as error:  # uvicorn exits if it cannot start
        failures.append(error)


def _await_start(server: uvicorn.Server, thread: threading.Thread, failures: list[BaseException]) -> None:
    waited = 0.0
    while not server.started:
        thread.join(0.005)
        waited += 0.005
        if not thread.is_alive() or waited > _START_SECONDS:
            reason = repr(failures[0]) if failures else f"none after {waited:.0f} s"
            raise NodeError("the server of the model", "one that starts", reason, _LOOK)


@contextmanager
def _grpc(models: Models) -> Iterator[str]:
    """Run the gRPC interface, and yield its address."""
    server = make_server()
    health = add_services(server, models)
    port = listen(server, _HOST, 0)
    server.start()
    try:
        yield f"{_HOST}:{port}"
    finally:
        stop(server, health, 1.0)


_LOOK = "look at the log of the run, then run `penstock serve` on the model"
