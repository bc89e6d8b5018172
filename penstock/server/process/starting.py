"""Loads TensorFlow and the models in a process of the server, and opens what waits for them."""

import logging
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.http.processes import DRAIN_SECONDS
from penstock.server.errors import Code, ServingError
from penstock.server.process import tokens
from penstock.server.process.logs import AccessLog
from penstock.server.process.metrics import Answered, Metrics
from penstock.server.process.options import Serving

if TYPE_CHECKING:
    from penstock.server.challenger.challenger import Challenger
    from penstock.server.models.models import Models
    from penstock.server.rpc.calls import Call
    from penstock.server.sampling.options import Sampling
    from penstock.server.sampling.sampler import Sampler

_LOG = logging.getLogger("penstock.server")


@dataclass(frozen=True)
class Process:
    """What a process serves.

    Attributes:
        serving: How.
        grpc_port: The port that was reserved for gRPC; None for no gRPC.
        metrics: Its metrics.
    """

    serving: Serving
    grpc_port: int | None
    metrics: Metrics


@dataclass(frozen=True)
class Started:
    """What runs in a process.

    Attributes:
        models: The models.
        app: The application for HTTP.
        stop_grpc: Ends gRPC within some seconds, which are its argument.
        close: Ends what works for requests, and what is done with copies of them, after the last request.
    """

    models: "Models"
    app: Any
    stop_grpc: Callable[[float], None]
    close: Callable[[], None]


def start(process: Process, log: AccessLog) -> Started:
    """Load the models and listen for gRPC; takes as long as TensorFlow needs.

    Raises:
        ConfigError: The port of gRPC cannot be opened.
    """
    from penstock.http.memory import keep_objects
    from penstock.server.models.models import Models
    from penstock.server.rest.application import application
    from penstock.server.rest.options import Options

    serving, metrics = process.serving, process.metrics
    import_tensorflow()
    # Models are loaded afterwards, so that those that are unloaded are collected.
    keep_objects()
    models = Models(serving.models, serving.settings, metrics)
    options = Options(
        prefix=serving.prefix,
        cors=serving.cors,
        max_body=serving.limits.body_bytes,
        max_bodies=serving.limits.all_bytes,
        metrics=metrics.text,
        metrics_path=serving.metrics_path,
        ready=models.is_ready,
        version=_version(),
    )
    answering, close = _copied(process, models)
    stop_grpc = _nothing if process.grpc_port is None else _start_grpc(process, process.grpc_port, answering, log)
    models.watch()
    app = application(answering, options)

    def end() -> None:
        app.close()
        close()

    return Started(models, app, stop_grpc, end)


def _copied(process: Process, models: "Models") -> tuple["Models", Callable[[], None]]:
    """Return the models that answer, and what ends the log of their requests and the challengers."""
    from penstock.server.copying.models import copied

    receivers: list[Sampler | Challenger] = []
    if process.serving.sampling is not None:
        # PyArrow, which writes the log, is not in the image of the server.
        from penstock.server.sampling import sampler

        _report_unknown(process.serving.sampling, models)
        receivers.append(sampler.Sampler(process.serving.sampling, process.metrics.sampled))
    if process.serving.challenging is not None:
        from penstock.server.challenger import challenger

        receivers.append(challenger.Challenger(process.serving.challenging, models, process.metrics.challenger))

    def close() -> None:
        for each in receivers:
            each.close()

    return copied(models, receivers), close


def _report_unknown(sampling: "Sampling", models: "Models") -> None:
    """Log the columns to leave out or to hash that no served version has: a name may be misspelled."""
    names: set[str] = set()
    for model in models.names():
        with suppress(ServingError), models.lease(model) as servable:
            for signature in servable.signatures.values():
                names |= {*signature.inputs, *signature.outputs}
    for name in sampling.unknown(names):
        _LOG.warning(
            "the log of requests: no input or output is called %s, so that nothing of that name is left out or hashed, "
            "unless examples have it",
            name,
        )


def import_tensorflow() -> None:
    """Import TensorFlow, which takes the larger part of the start."""
    with warnings.catch_warnings():
        # Google's packages under it warn at each import of the age of the locked packages.
        warnings.simplefilter("ignore")
        import tensorflow as tf
    tf.get_logger().setLevel("ERROR")


def _start_grpc(process: Process, port: int, models: "Models", log: AccessLog) -> Callable[[float], None]:
    from penstock.server.rpc import server as rpc
    from penstock.server.rpc.services import Options, add_services
    from penstock.server.rpc.tokens import Tokens

    serving = process.serving
    most = serving.limits.concurrency
    listening = rpc.Listening(serving.grpc_threads, most, serving.limits.body_bytes, share_port=True)
    known = [Tokens(lambda token: tokens.is_known(token, serving.tokens))] if serving.tokens else []
    made = rpc.make_server(listening, known)
    observe = _observer(process.metrics, log)
    options = Options(serving.limits.concurrency, may_reload=serving.may_reload, observe=observe)
    health = add_services(made, models, options)
    tls = serving.tls
    certificates = rpc.Certificates(tls.key, tls.certificate, tls.clients) if tls else None
    rpc.listen(made, serving.host, port, certificates)
    made.start()
    return lambda grace: rpc.stop(made, health, grace, DRAIN_SECONDS)


def _observer(metrics: Metrics, log: AccessLog) -> Callable[["Call"], None]:
    def observe(call: "Call") -> None:
        version = "" if call.version is None else str(call.version)
        model = call.model if call.code is not Code.NOT_FOUND else ""
        metrics.answered(Answered("GRPC", call.method, model, version, call.code.name), call.seconds)
        log.write(
            id=call.request_id,
            protocol="GRPC",
            client=call.peer,
            method=call.method,
            code=call.code.name,
            model=call.model or None,
            version=version or None,
            seconds=round(call.seconds, 6),
            trace=call.traceparent or None,
        )

    return observe


def _nothing(_: float) -> None:
    """Do nothing, as there is no gRPC."""


def _version() -> str:
    from importlib.metadata import version

    return version("penstock")
