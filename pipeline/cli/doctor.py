"""`penstock doctor`: check whether this machine can run the pipeline."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.commands import with_options
from pipeline.cli.options import DEFAULT_CONFIG
from pipeline.cli.printing import console, print_json, print_lines

if TYPE_CHECKING:
    from pipeline.doctor import Finding

_STYLES = {"ok": "green", "warning": "yellow", "problem": "bold red"}


def doctor(
    config: Annotated[Path | None, typer.Option("--config", help="Configuration file; default: pipeline.toml.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Check this machine and the configuration.

    It checks Python, the platform, packages, memory, disk and folders, and prints a fix for each problem.
    """
    from pipeline.doctor import examine, worst

    findings = examine(config)
    verdict = worst(findings)
    if json:
        print_json({"verdict": verdict, "checks": [finding.as_dict() for finding in findings]})
    else:
        _show(findings, _conclusion(verdict, config or DEFAULT_CONFIG))
    raise typer.Exit(2 if verdict == "problem" else 0)


def _conclusion(verdict: str, config: Path) -> str:
    if verdict == "ok":
        return f"Everything is fine. Next: {with_options('penstock run', config)}"
    if verdict == "problem":
        return f"Fix the problems above, then repeat: {with_options('penstock doctor', config)}"
    return "The pipeline can run. See the warnings above."


def _show(findings: list["Finding"], conclusion: str) -> None:
    from rich.table import Table
    from rich.text import Text

    from penstock.config.loading import environment_flag

    screen = console()
    if not screen.is_terminal or screen.is_dumb_terminal or environment_flag("NO_COLOR"):
        for finding in findings:
            print_lines(
                f"{finding.verdict:8} {finding.check:15} {'; '.join(filter(None, (finding.found, finding.remedy)))}"
            )
        print_lines(conclusion)
        return
    table = Table.grid(padding=(0, 2))
    for finding in findings:
        remedy = Text(f"\n{finding.remedy}", "italic") if finding.remedy else Text()
        table.add_row(Text(finding.verdict, _STYLES[finding.verdict]), finding.check, Text(finding.found) + remedy)
    screen.print(table)
    screen.print()
    screen.print(conclusion)
