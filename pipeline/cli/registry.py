"""`penstock registry`: check that registry, metadata store and folders agree, and serve it over HTTP."""

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.commands import handles_errors, with_options
from pipeline.cli.options import DEFAULT_CONFIG, ConfigOption, DebugOption, JsonOption, SetOption
from pipeline.cli.printing import print_json, print_lines
from pipeline.cli.recorded import DOCUMENT, opened_registry
from pipeline.cli.serve import serve

if TYPE_CHECKING:
    from penstock.config.config import Config
    from penstock.registry.checking import Examined
    from penstock.registry.opening import Registry

DISAGREE = 1

app = typer.Typer(help="The model registry itself: check it, serve it over HTTP.", no_args_is_help=True)


@app.command()
@handles_errors
def check(
    repair: Annotated[bool, typer.Option("--repair", help="Record what is not recorded; nothing is deleted.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    settings: SetOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Compare the registry with its events, the metadata store and the pushed versions.

    It finds events and rows that were changed, added or removed by other means than Penstock, runs that are not
    recorded, and versions whose files are missing or are not those that were recorded.

    Exit code 0: they agree, or all was repaired; 1: they disagree; 2: bad configuration or arguments, no registry, or
    with --repair if a run is in progress.
    """
    with opened_registry(config, settings) as (loaded, registry), _locked(loaded, repair=repair):
        examined = _examined(registry, loaded, repair=repair)
        findings = _findings(examined, repair=repair)
    left = [finding for finding in findings if not finding["repaired"]]
    if as_json:
        state = "damaged" if left else "repaired" if findings else "clean"
        print_json({**DOCUMENT, "state": state, "elsewhere": examined.elsewhere, "findings": findings})
    else:
        command = with_options("penstock registry check --repair", config, settings or ())
        print_lines(*_lines(findings), *_elsewhere(examined), _conclusion(findings, left, command))
    raise typer.Exit(DISAGREE if left else 0)


app.command()(handles_errors(serve))


def _locked(config: "Config", *, repair: bool) -> AbstractContextManager[object]:
    """Return the lock of the pipeline if the check changes something."""
    if not repair:
        return nullcontext()
    from pipeline.session import run_lock

    return run_lock(config)


def _examined(registry: "Registry", config: "Config", *, repair: bool) -> "Examined":
    from penstock.registry.checking import examine

    if repair:
        from pipeline.recording import record_earlier

        record_earlier(config)

    def record(run: str) -> str:
        from pipeline.recording import record_afterwards

        done = record_afterwards(config, run)
        return f"recorded as {done.experiment}" if done and done.experiment else ""

    return examine(registry, config, record)


def _findings(examined: "Examined", *, repair: bool) -> list[dict[str, Any]]:
    found = []
    for each in examined.disagreements:
        done = each.repair() if repair and each.repair else ""
        found.append(
            {
                "kind": each.kind,
                "place": each.place,
                "words": each.words,
                "remedy": each.remedy,
                "repairable": each.repair is not None,
                "repaired": bool(done),
                "line": f"{each}; {done}" if done else str(each),
            }
        )
    return found


def _lines(findings: list[dict[str, Any]]) -> list[str]:
    """Return each finding, and its remedy below it unless it was repaired."""
    return [
        line
        for each in findings
        for line in (each["line"], *([] if each["repaired"] else [f"           {each['remedy']}"]))
    ]


def _elsewhere(examined: "Examined") -> list[str]:
    count = examined.elsewhere
    versions = "1 version was" if count == 1 else f"{count} versions were"
    return [f"{versions} pushed from another folder or machine: check them there."] if count else []


def _conclusion(findings: list[dict[str, Any]], left: list[dict[str, Any]], command: str) -> str:
    if not findings:
        return "Registry, metadata store and pushed versions agree."
    count = "1 problem" if len(findings) == 1 else f"{len(findings)} problems"
    if not left:
        return f"{count} found, all repaired."
    rest = sum(finding["repairable"] for finding in left)
    advice = f"; {rest} can be repaired: {command}" if rest else "; the rest has to be fixed by hand"
    return f"{count} found, {len(left)} not repaired{advice}"
