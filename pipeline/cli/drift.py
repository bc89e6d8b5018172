"""`penstock drift`: compare logged requests with the training data of the versions that answered them."""

import dataclasses
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from penstock.core.errors import ConfigError, DataError
from pipeline.cli.options import DEFAULT_CONFIG, ConfigOption, DebugOption, JsonOption, SetOption
from pipeline.cli.printing import print_json, print_lines
from pipeline.cli.recorded import DOCUMENT

if TYPE_CHECKING:
    from penstock.config.config import Config
    from penstock.serving.requests.files import LogFile
    from pipeline.schema.traffic_report import VersionTraffic

BEYOND = 1


def drift(
    log: Annotated[
        Path | None, typer.Option("--log", metavar="FOLDER", help="The log of requests; see `penstock serve`.")
    ] = None,
    version: Annotated[
        int | None, typer.Option("--version", min=0, metavar="N", help="Compare one version; default: each.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="NAME", help="Its name in the log; default: the configured one."),
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    settings: SetOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Compare logged requests with the training data of the version that answered them.

    It shows the distance of each column with its threshold in [drift], the values that are missing or new, and the
    predictions.

    Exit code 0: no column is above its threshold; 1: one is; 2: bad configuration or arguments, or nothing can be
    compared.
    """
    from penstock.config.loading import load
    from penstock.serving.requests import files

    if log is None:
        raise ConfigError("drift", "the folder of a log of requests", "no --log", "add --log FOLDER")
    loaded = load(config, settings or ())
    chosen = files.of_model(files.find(log), model or loaded.name, log)
    found = _compared(loaded, chosen, version, debug=debug)
    _check(found, log, version)
    if as_json:
        print_json(_as_dict(log, chosen, found))
    else:
        from pipeline.cli.text.traffic import lines

        print_lines(*lines(chosen, found))
    if not any(each.compared for each in found):
        raise DataError(f"the log {log}", "rows that can be compared", found[0].reason, _remedy(found[0]))
    raise typer.Exit(BEYOND if any(each.beyond for each in found) else 0)


def _compared(config: "Config", chosen: "list[LogFile]", version: int | None, *, debug: bool) -> "list[VersionTraffic]":
    from contextlib import ExitStack

    from penstock.core.process import hidden_arguments, redirected_output

    with ExitStack() as stack:
        stack.enter_context(hidden_arguments())
        if not debug:
            sink = stack.enter_context(open(os.devnull, "w", encoding="utf-8"))
            stack.enter_context(redirected_output(sink))
        from pipeline.schema.traffic import compare

        return compare(config, chosen, version)


def _check(found: "list[VersionTraffic]", log: Path, version: int | None) -> None:
    if not found:
        expected = "rows" if version is None else f"rows that version {version} answered"
        raise DataError(f"the log {log}", expected, "none", "leave --version out" if version else "log some requests")


def _remedy(found: "VersionTraffic") -> str:
    if found.reason.startswith("fewer"):
        return "wait for more requests, or log a larger share of them"
    if found.reason.startswith("no column"):
        return "log requests to `serving_default`, whose inputs are the columns"
    return "name the configuration of the model with --config, or restore the version's folder"


def _as_dict(log: Path, chosen: "list[LogFile]", found: "list[VersionTraffic]") -> dict[str, Any]:
    return {
        **DOCUMENT,
        "log": str(log),
        "model": chosen[0].model,
        "files": len(chosen),
        "shares": sorted({file.share for file in chosen}),
        "beyond": any(each.beyond for each in found),
        "versions": [dataclasses.asdict(each) for each in found],
    }
