"""`penstock workers`: the worker pool of one machine of a cluster."""

import signal
import sys
import warnings
from typing import Annotated

import typer


def workers(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 for any that is free.")] = 50000,
) -> None:
    """Start workers for a Flink or a Spark, in the environment of this command, until Ctrl-C.

    Each machine of the cluster needs such a pool, at the address in `beam.workers`. Whoever reaches the address can run
    code as this user.
    """
    from pipeline.cli.printing import print_lines

    with warnings.catch_warnings():
        # Google's packages under Beam warn at each import of the age of the locked packages.
        warnings.simplefilter("ignore")
        from components.worker_pool import start

    server, pool, found = start(host, port)
    print_lines(f'Workers start at {host}:{found}; set beam.environment = "external", beam.workers = "{host}:{found}"')
    sys.stdout.flush()
    try:
        signal.pause()
    finally:
        server.stop(None)
        pool.close()
