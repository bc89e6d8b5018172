"""`penstock serve`: answer predictions over HTTP and gRPC, as TensorFlow Serving does."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli import serve_copies as copies
from pipeline.cli import serve_options as given
from pipeline.cli.options import DEFAULT_CONFIG, ConfigOption, DebugOption, SetOption
from pipeline.cli.printing import print_lines

if TYPE_CHECKING:
    from penstock.server.process.options import Serving


def serve(
    model: given.ModelsOption = None,
    versions: given.PolicyOption = "latest",
    host: given.HostOption = "127.0.0.1",
    rest_port: given.RestPortOption = 8501,
    grpc_port: given.GrpcPortOption = 8500,
    no_grpc: given.NoGrpcOption = False,
    workers: given.WorkersOption = 1,
    batch: given.BatchOption = 0,
    batch_wait: given.WaitOption = 0.0,
    threads: given.ThreadsOption = 1,
    poll: given.PollOption = 1.0,
    max_body: given.BodyOption = 100 << 20,
    max_bodies: given.BodiesOption = 1 << 30,
    max_requests: given.ConcurrencyOption = 1024,
    timeout: given.SecondsOption = 30.0,
    tls_cert: given.CertificateOption = None,
    tls_key: given.KeyOption = None,
    tls_clients: given.ClientsOption = None,
    tokens: given.TokensOption = None,
    prefix: given.PrefixOption = "",
    cors: given.CorsOption = False,
    allow_reload: given.ReloadOption = False,
    monitoring: given.MonitoringOption = "/monitoring/prometheus/metrics",
    access_log: given.LogOption = "json",
    sample: copies.SampleOption = 0.0,
    sample_to: copies.SampleToOption = None,
    sample_without: copies.SampleWithoutOption = None,
    sample_hash: copies.SampleHashOption = None,
    sample_key: copies.SampleKeyOption = None,
    sample_seconds: copies.SampleSecondsOption = 3600.0,
    challenger: copies.ChallengerOption = None,
    challenger_share: copies.ChallengerShareOption = 0.1,
    check: Annotated[bool, typer.Option("--check", help="Load the models, predict with each, and exit.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    settings: SetOption = None,
    debug: DebugOption = False,
) -> None:
    """Answer predictions until Ctrl-C or SIGTERM, with REST and gRPC as TensorFlow Serving has them.

    New versions in a folder are loaded while the server runs. Requests that were begun are answered before it ends. It
    prints one line of JSON for each request.

    Exit code 0: it was ended, or with --check each model answered; 1: with --check a model cannot be used; 2: bad
    configuration or arguments.
    """
    from penstock.server.models.config import Batching, Settings, Threads
    from penstock.server.process.fetching import on_disk
    from penstock.server.process.options import Limits, Serving
    from penstock.server.process.tokens import read

    policy = given.policy_of(versions)
    loaded = None
    if model:
        models = given.models_of(model, policy)
    else:
        from penstock.config.loading import load

        loaded = load(config, settings or ())
        models = [given.configured_model(loaded, policy)]
    columns = copies.Columns(sample_without or (), sample_hash or (), sample_key)
    batching = Batching(batch, batch_wait / 1000) if batch else None
    serving = Serving(
        copies.challenged(models, challenger or (), loaded),
        Settings(Threads(threads), poll, batching=batching),
        host=host,
        rest_port=rest_port,
        grpc_port=None if no_grpc else grpc_port,
        workers=workers,
        prefix=given.check_path("--prefix", prefix),
        cors=cors,
        limits=Limits(max_body, max_requests, timeout, max_bodies),
        tls=given.tls_of(tls_cert, tls_key, tls_clients),
        tokens=read(tokens) if tokens else frozenset(),
        may_reload=allow_reload,
        metrics_path=given.check_path("--monitoring", monitoring),
        access_log=access_log == "json",
        sampling=copies.sampling_of(sample, sample_to, columns, sample_seconds),
        challenging=copies.challenging_of(challenger_share, challenger or ()),
    )
    with on_disk(serving.models) as models:
        here = replace(serving, models=models)
        _check(here) if check else _serve(here)


def _serve(serving: "Serving") -> None:
    from penstock.server.process.serving import serve as serve_models

    def announce(rest: str, grpc: str | None) -> None:
        import sys

        names = ", ".join(model.name for model in serving.models)
        lines = [f"REST answers at {rest}{serving.prefix}/v1/models/{serving.models[0].name}"]
        lines += [f"gRPC answers at {grpc}"] if grpc else []
        print_lines(f"Serving {names}.", *lines, "Ctrl-C ends it.")
        sys.stdout.flush()

    serve_models(serving, announce)


def _check(serving: "Serving") -> None:
    from penstock.server.process.checking import check
    from penstock.server.process.serving import check_folders

    check_folders(serving)
    failed = False
    for line, is_good in check(serving):
        failed |= not is_good
        print_lines(line)
    raise typer.Exit(1 if failed else 0)
