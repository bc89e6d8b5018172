"""`penstock resume`: go on with the last failed or killed run."""

from typing import Annotated

import typer

from cli.options import DEFAULT_CONFIG, ConfigOption, DebugOption, JsonOption, SetOption


def resume(
    config: ConfigOption = DEFAULT_CONFIG,
    runner: Annotated[str, typer.Option(help="Where the nodes run: local or beam.")] = "local",
    settings: SetOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Go on with the last failed or killed run.

    Finished nodes are reused, the others run.
    """
    from cli.running import Settings, carry_out, reading
    from pipeline.loading import load
    from pipeline.plan import RunOptions, new_run_id, unfinished_run
    from pipeline.preflight import check_store
    from pipeline.unchanged import same_as_started

    loaded = load(config, settings or ())
    check_store(loaded)
    last = unfinished_run(loaded)
    with reading(loaded, as_json=as_json) as found:
        # With other data, settings or code a finished node counts only if the cache finds it unchanged.
        options = RunOptions(new_run_id(loaded), resume=last if same_as_started(found, last) else None)
        code = carry_out(found, options, Settings(runner, as_json, debug, config, tuple(settings or ())))
    raise typer.Exit(code)
