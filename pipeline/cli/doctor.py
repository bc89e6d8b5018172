"""`penstock doctor`: whether this machine can run the pipeline."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.commands import complete
from pipeline.cli.options import DEFAULT_CONFIG
from pipeline.cli.printing import console, tell, tell_json

if TYPE_CHECKING:
    from pipeline.doctor import Finding

_STYLES = {"ok": "green", "warning": "yellow", "problem": "bold red"}


def doctor(
    config: Annotated[Path | None, typer.Option("--config", help="Configuration, else pipeline.toml.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Check this machine and the configuration.

    Python, platform, packages, memory, disk and folders are looked at, each with a remedy.
    """
    from pipeline.doctor import examine, worst

    findings = examine(config)
    verdict = worst(findings)
    if json:
        tell_json({"verdict": verdict, "checks": [finding.as_dict() for finding in findings]})
    else:
        _show(findings, _conclusion(verdict, config or DEFAULT_CONFIG))
    raise typer.Exit(2 if verdict == "problem" else 0)


def _conclusion(verdict: str, config: Path) -> str:
    if verdict == "ok":
        return f"All is well; next: {complete('penstock run', config)}"
    if verdict == "problem":
        return f"Mend the problems above, then repeat: {complete('penstock doctor', config)}"
    return "It will run; the warnings say what to expect."


def _show(findings: list["Finding"], conclusion: str) -> None:
    from rich.table import Table
    from rich.text import Text

    from penstock.config.loading import environment_flag

    screen = console()
    if not screen.is_terminal or screen.is_dumb_terminal or environment_flag("NO_COLOR"):
        for finding in findings:
            tell(f"{finding.verdict:8} {finding.check:15} {'; '.join(filter(None, (finding.found, finding.remedy)))}")
        tell(conclusion)
        return
    table = Table.grid(padding=(0, 2))
    for finding in findings:
        remedy = Text(f"\n{finding.remedy}", "italic") if finding.remedy else Text()
        table.add_row(Text(finding.verdict, _STYLES[finding.verdict]), finding.check, Text(finding.found) + remedy)
    screen.print(table)
    screen.print()
    screen.print(conclusion)
