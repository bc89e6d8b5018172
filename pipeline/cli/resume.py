"""`penstock resume`: continue the last failed or killed run."""

from typing import Annotated

import typer

from pipeline.cli.options import DEFAULT_CONFIG, ConfigOption, DebugOption, JsonOption, SetOption


def resume(
    config: ConfigOption = DEFAULT_CONFIG,
    runner: Annotated[str, typer.Option(help="Where the nodes run: local or beam.")] = "local",
    settings: SetOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Continue the last failed or killed run.

    The outputs of finished nodes are reused; the other nodes run.
    """
    from penstock.config.loading import load
    from pipeline.cli import running
    from pipeline.plan import RunOptions, unfinished_run
    from pipeline.preflight import check_store

    loaded = load(config, settings or ())
    check_store(loaded)  # before the last run is read from it
    called = running.Settings(runner, as_json, debug, config, tuple(settings or ()))
    raise typer.Exit(running.run(loaded, RunOptions(resume=unfinished_run(loaded)), called))
