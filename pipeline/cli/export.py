"""`penstock models export`: a version for those who have no Penstock, as a folder or in an MLflow server."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from penstock.core.errors import ConfigError
from pipeline.cli.options import DEFAULT_CONFIG, ConfigOption, DebugOption, JsonOption, SetOption
from pipeline.cli.printing import print_json, print_lines
from pipeline.cli.recorded import ModelOption, Opened, VersionArgument, opened


def export(
    version: VersionArgument,
    to: Annotated[
        Literal["folder", "mlflow"],
        typer.Option(metavar="KIND", help="`folder`: model, card and checksums; `mlflow`: an MLflow server."),
    ] = "folder",
    output: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The folder to write; new or empty. Required for `folder`.")
    ] = None,
    url: Annotated[
        str | None, typer.Option(metavar="URL", help="The address of the MLflow server. Required for `mlflow`.")
    ] = None,
    model: ModelOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    settings: SetOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Write a version as a folder, or log it to an MLflow server.

    The folder has the model with its card, schema, statistics, an example of a request, licence and checksums. The
    files are those that the registry has recorded, or nothing is written. MLflow gets the experiment as a run and the
    version as one of a registered model, with its aliases; the same export again changes nothing.
    """
    if (to == "folder") != (output is not None) or (to == "mlflow") != (url is not None):
        received = " and ".join(name for name, given in (("--output", output), ("--url", url)) if given is not None)
        expected = "--output DIR" if to == "folder" else "--url URL"
        raise ConfigError(f"--to {to}", f"{expected} with it and no other place", received or "none", "see --help")
    with opened(config, settings, model) as found:
        if output is not None:
            _to_folder(found, version, output, as_json=as_json)
        elif url is not None:
            _to_mlflow(found, version, url, as_json=as_json)


def _to_folder(found: Opened, text: str, output: Path, *, as_json: bool) -> None:
    from penstock.registry.export.folder import Exported, export

    version, experiment = found.find(text)
    files = export(Exported(found.model, version, experiment, found.config), output)
    if as_json:
        print_json({**found.names, "version": version.number, "to": "folder", "output": str(output), "files": files})
    else:
        print_lines(f"Wrote version {version.number} of {found.title} to {output}")
        print_lines(f"To check it: cd {output} && sha256sum -c SHA256SUMS")


def _to_mlflow(found: Opened, text: str, url: str, *, as_json: bool) -> None:
    from penstock.config.loading import mlflow_variables
    from penstock.registry.export.folder import Exported
    from penstock.registry.export.mlflow import export
    from penstock.registry.export.mlflow_server import MlflowServer

    with MlflowServer(url, mlflow_variables()) as server:
        version, experiment = found.find(text)
        logged = export(Exported(found.model, version, experiment, found.config), server)
    if as_json:
        there = {**vars(logged)}
        is_new, left = there.pop("is_new"), there.pop("left")
        document = {"version": version.number, "to": "mlflow", "url": server.name, "new": is_new, "mlflow": there}
        print_json({**found.names, **document, "left_out": left.names, "shortened": left.shortened})
        return
    name = f"Version {version.number} of {found.title}"
    print_lines(f"{name} is version {logged.version} of {logged.model} in MLflow")
    print_lines(f"Run {logged.run_id} of the experiment {logged.experiment}")
    if logged.aliases:
        print_lines(f"Aliases: {', '.join(logged.aliases)}")
    if logged.source.startswith("penstock:"):
        print_lines("The files stay where they are: this server does not store artifacts itself")
    if text := str(logged.left):
        print_lines(f"By MLflow's limits: {text}")
