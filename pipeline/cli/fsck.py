"""`penstock fsck`: find where metadata store, artifacts and pushed versions disagree."""

from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.commands import with_options
from pipeline.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, SetOption
from pipeline.cli.printing import print_json, print_lines

if TYPE_CHECKING:
    from penstock.config.config import Config


def fsck(
    config: ConfigOption = DEFAULT_CONFIG,
    repair: Annotated[bool, typer.Option("--repair", help="Repair what can be repaired.")] = False,
    verify: Annotated[bool, typer.Option("--verify", help="Read all files, also those that look unchanged.")] = False,
    settings: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare metadata store, artifacts and pushed versions.

    Exit code 0: they agree, or all was repaired; 1: they disagree; 2: bad configuration or arguments, or with
    --repair if a run is in progress.
    """
    from penstock.config.loading import load
    from pipeline.preflight import check_store

    loaded = load(config, settings or ())
    check_store(loaded)
    findings = _findings(loaded, repair=repair, verify=verify)
    unrepaired = [finding for finding in findings if not finding["repaired"]]
    if as_json:
        state = "damaged" if unrepaired else "repaired" if findings else "clean"
        print_json({"state": state, "findings": findings})
    else:
        for finding in findings:
            print_lines(finding["line"])
        print_lines(_conclusion(findings, unrepaired, with_options("penstock fsck --repair", config, settings or ())))
    raise typer.Exit(1 if unrepaired else 0)


def _findings(config: "Config", *, repair: bool, verify: bool) -> list[dict[str, Any]]:
    from penstock.integrity.fsck import examine
    from penstock.metadata.location import follow_moved_project
    from pipeline.session import run_lock

    with run_lock(config) if repair and config.state_folder.is_dir() else nullcontext():
        if repair and config.state_folder.is_dir():
            follow_moved_project(config.store)
        findings = []
        for each in examine(config, verify=verify):
            done = each.repair() if repair and each.repair else ""
            findings.append(
                {
                    "kind": each.kind,
                    "place": each.place,
                    "words": each.words,
                    "repairable": each.repair is not None,
                    "repaired": bool(done),
                    "line": f"{each}; {done}" if done else str(each),
                }
            )
    return findings


def _conclusion(findings: list[dict[str, Any]], unrepaired: list[dict[str, Any]], command: str) -> str:
    if not findings:
        return "Metadata store, artifacts and pushed versions agree."
    if not unrepaired:
        return f"{_count(findings)} found, all repaired."
    rest = sum(finding["repairable"] for finding in unrepaired)
    advice = f"; {rest} can be repaired: {command}" if rest else "; the rest has to be fixed by hand"
    return f"{_count(findings)} found, {len(unrepaired)} not repaired{advice}"


def _count(findings: list[dict[str, Any]]) -> str:
    return "1 problem" if len(findings) == 1 else f"{len(findings)} problems"
