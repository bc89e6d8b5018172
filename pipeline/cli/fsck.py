"""`penstock fsck`: where metadata store, artifacts and pushed versions disagree."""

from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.commands import complete
from pipeline.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, SetOption
from pipeline.cli.printing import tell, tell_json

if TYPE_CHECKING:
    from penstock.config.config import Config


def fsck(
    config: ConfigOption = DEFAULT_CONFIG,
    repair: Annotated[bool, typer.Option("--repair", help="Repair what can be repaired.")] = False,
    verify: Annotated[bool, typer.Option("--verify", help="Read all files, not only those that look changed.")] = False,
    settings: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare metadata store, artifacts and pushed versions.

    Exit code 0: they agree, or all was repaired; 1: they disagree; 2: bad configuration or arguments, or with
    --repair a run is under way.
    """
    from penstock.config.loading import load
    from pipeline.preflight import check_store

    loaded = load(config, settings or ())
    check_store(loaded)
    found = _findings(loaded, repair=repair, verify=verify)
    open_ones = [finding for finding in found if not finding["repaired"]]
    if as_json:
        state = "damaged" if open_ones else "repaired" if found else "clean"
        tell_json({"state": state, "findings": found})
    else:
        for finding in found:
            tell(finding["line"])
        tell(_conclusion(found, open_ones, complete("penstock fsck --repair", config, settings or ())))
    raise typer.Exit(1 if open_ones else 0)


def _findings(config: "Config", *, repair: bool, verify: bool) -> list[dict[str, Any]]:
    from penstock.integrity.fsck import examine
    from penstock.metadata.location import follow_moved_project
    from pipeline.session import run_lock

    with run_lock(config) if repair and config.state_folder.is_dir() else nullcontext():
        if repair and config.state_folder.is_dir():
            follow_moved_project(config.store)
        found = []
        for each in examine(config, verify=verify):
            done = each.repair() if repair and each.repair else ""
            found.append(
                {
                    "kind": each.kind,
                    "place": each.place,
                    "words": each.words,
                    "repairable": each.repair is not None,
                    "repaired": bool(done),
                    "line": f"{each}; {done}" if done else str(each),
                }
            )
    return found


def _conclusion(found: list[dict[str, Any]], open_ones: list[dict[str, Any]], command: str) -> str:
    if not found:
        return "Metadata store, artifacts and pushed versions agree."
    if not open_ones:
        return f"{len(found)} found, all repaired."
    rest = sum(finding["repairable"] for finding in open_ones)
    advice = f"; {rest} can be repaired: {command}" if rest else "; look at what is left yourself"
    return f"{len(found)} found, {len(open_ones)} not repaired{advice}"
