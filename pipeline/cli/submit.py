"""`penstock submit`: run the pipeline on Kubeflow Pipelines or Vertex AI."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.compile import known_target, logged, write
from pipeline.cli.options import DEFAULT_CONFIG, ConfigOption, DebugOption, JsonOption, SetOption
from pipeline.cli.printing import print_json, print_lines

if TYPE_CHECKING:
    from penstock.config.config import Config, Target
    from pipeline.submission.request import Request, Submitted


def submit(
    target: Annotated[str, typer.Option(help="Where to run: kubeflow or vertex.")] = "kubeflow",
    parameter: Annotated[
        list[str] | None, typer.Option("--parameter", metavar="NAME=VALUE", help="Value of a parameter of the run.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name of the run; by default with the time.")] = None,
    root: Annotated[str | None, typer.Option(help="Folder for artifacts; default: kubeflow.root.")] = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Run each node; reuse no outputs.")] = False,
    file: Annotated[Path | None, typer.Option(help="Compiled file to submit, in place of compiling one.")] = None,
    output: Annotated[Path, typer.Option(help="Folder for the compiled files.")] = Path("compiled"),
    timeout: Annotated[int, typer.Option(min=1, help="Seconds that the service may take to answer.")] = 60,
    config: ConfigOption = DEFAULT_CONFIG,
    settings: SetOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Run the pipeline on Kubeflow or Vertex AI.

    It compiles the pipeline, sends it, returns when the service has accepted the run, and prints the identifier of the
    run and the address of its page.

    Exit code 0: the service accepted the run; 1: the service cannot be reached, does not answer in time, or refuses the
    run; 2: bad configuration, arguments or credentials, or a request that the service rejects.
    """
    from penstock.config.loading import load
    from pipeline.submission.request import Request, assignments, check

    known = known_target(target)
    parameters = assignments(parameter or ())
    loaded = load(config, settings or ())
    # YAML is the last of the files, and the one with the parameters.
    compiled = file or write(loaded, output, known)[-1]
    request = Request(compiled, parameters, name, root, is_cached=not no_cache, seconds=timeout)
    check(request, known)
    submitted = logged(loaded, "submit.log", lambda: _submit(request, loaded, known))
    if as_json:
        print_json({"target": target, "file": str(compiled), "run": submitted.run, "link": submitted.link})
        return
    print_lines(f"Submitted {compiled} to {target}: run {submitted.run}")
    if submitted.link:
        print_lines(submitted.link)


def _submit(request: "Request", config: "Config", target: "Target") -> "Submitted":
    from pipeline.submission import kubeflow, vertex

    if target == "kubeflow":
        return kubeflow.submit(request, config.kubeflow)
    return vertex.submit(request, config.vertex)
