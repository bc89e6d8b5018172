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
    from dataclasses import asdict

    from penstock.config.loading import load
    from penstock.core.errors import ConfigError
    from pipeline.cli import running
    from pipeline.cli.printing import print_json, print_lines
    from pipeline.plan import RunOptions, unfinished_run
    from pipeline.preflight import check_store
    from pipeline.session import record_unrecorded

    loaded = load(config, settings or ())
    check_store(loaded)  # before the last run is read from it
    called = running.Settings(runner, as_json, debug, config, tuple(settings or ()))
    completed = record_unrecorded(loaded)
    try:
        unfinished = unfinished_run(loaded)
    except ConfigError:
        # Of a run that was killed after its last node only the record was missing.
        if completed is None or not completed.experiment:
            raise
        if as_json:
            print_json(asdict(completed))
        else:
            print_lines(completed.line)
        return
    raise typer.Exit(running.run(loaded, RunOptions(resume=unfinished), called))
