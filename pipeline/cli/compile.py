"""`penstock compile`: write the pipeline for Kubeflow Pipelines or Vertex AI, or say what prevents it."""

import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar, cast, get_args

import typer

from penstock.core.text import did_you_mean
from pipeline.cli.options import DEFAULT_CONFIG, ConfigOption, DebugOption, JsonOption, SetOption
from pipeline.cli.printing import print_json, print_lines
from pipeline.cli.text.columns import WIDTH

if TYPE_CHECKING:
    from penstock.config.config import Config, Target
    from pipeline.runners.check import Finding

R = TypeVar("R")
# In the second and later lines of a finding its name and reason are below each other.
_WRAPPED = textwrap.TextWrapper(WIDTH, subsequent_indent=" " * 9, break_long_words=False, break_on_hyphens=False)


def compile(
    target: Annotated[str, typer.Option(help="What to compile for: kubeflow or vertex.")] = "kubeflow",
    output: Annotated[Path, typer.Option(help="Folder for the files.")] = Path("compiled"),
    check: Annotated[bool, typer.Option("--check", help="Write nothing; print what the target cannot do.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    settings: SetOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Write the pipeline as a KFP v2 specification.

    It is written as YAML (schema 2.1), and for vertex also as JSON (schema 2.0).

    Exit code 0: done, or with --check nothing prevents it; 1: with --check something prevents it; 2: bad configuration
    or arguments, or something prevents it; nothing was written.
    """
    from penstock.config.loading import load

    known = known_target(target)
    loaded = load(config, settings or ())
    if check:
        findings = _check(loaded, known)
        _show(target, findings, as_json=as_json)
        raise typer.Exit(1 if any(finding.verdict == "problem" for finding in findings) else 0)
    files = [str(file) for file in write(loaded, output, known)]
    if as_json:
        print_json({"target": target, "files": files})
    else:
        print_lines(*files)


def known_target(target: str) -> "Target":
    """Return the name of a target unchanged.

    Raises:
        ConfigError: There is no such target.
    """
    from penstock.config.config import Target
    from penstock.core.errors import ConfigError

    targets = get_args(Target)
    if target not in targets:
        received = f"{target!r}{did_you_mean(target, targets)}"
        raise ConfigError(f"--target {target}", "kubeflow or vertex", received, "choose one of them")
    return cast("Target", target)


def write(config: "Config", output: Path, target: "Target") -> list[Path]:
    """Compile the pipeline and return the files.

    Raises:
        ConfigError: Something prevents it, or the files cannot be written.
    """
    from penstock.core.errors import ConfigError

    def work() -> list[Path]:
        from pipeline.runners import kubeflow

        return kubeflow.compile(config, output, target)

    try:
        return logged(config, "compile.log", work)
    except OSError as error:
        raise ConfigError(
            f"{error.filename or output}",
            "a folder that can be written",
            error.strerror or str(error),
            "change --output",
        ) from error


def logged(config: "Config", name: str, work: Callable[[], R]) -> R:
    """Return the result of a function, whose output and log lines go to a log file."""
    from penstock.core.process import redirected_output
    from penstock.core.text import PrintableStream

    config.logs.mkdir(parents=True, exist_ok=True)
    with PrintableStream((config.logs / name).open("wb"), encoding="utf-8") as log, redirected_output(log):
        return work()


def _check(config: "Config", target: "Target") -> "list[Finding]":
    def work() -> "list[Finding]":
        from pipeline.runners.check import check

        return check(config, target)

    return logged(config, "compile.log", work)


def _show(target: str, findings: "Sequence[Finding]", *, as_json: bool) -> None:
    problems = sum(finding.verdict == "problem" for finding in findings)
    if as_json:
        print_json({"target": target, "compiles": not problems, "findings": [each.as_dict() for each in findings]})
        return
    for each in findings:
        print_lines(*_WRAPPED.wrap(f"{each.verdict:8} {each.name}: {each.reason}"))
    what = {0: "Nothing prevents", 1: "1 problem prevents"}.get(problems, f"{problems} problems prevent")
    print_lines(f"{what} the compilation for {target}.")
