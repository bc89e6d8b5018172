"""`penstock models export`: a version as a folder for those who have no Penstock."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from pipeline.cli.options import DEFAULT_CONFIG, ConfigOption, DebugOption, JsonOption, SetOption
from pipeline.cli.printing import print_json, print_lines
from pipeline.cli.recorded import ModelOption, VersionArgument, opened


def export(
    version: VersionArgument,
    output: Annotated[Path, typer.Option(metavar="DIR", help="The folder to write; new or empty.")],
    to: Annotated[
        Literal["folder"], typer.Option(metavar="KIND", help="folder: model, card and checksums.")
    ] = "folder",
    model: ModelOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    settings: SetOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Write a version with its card, schema, statistics, an example of a request, licence and checksums.

    The files are those that the registry has recorded, or nothing is written.
    """
    from penstock.registry.export.folder import Exported
    from penstock.registry.export.folder import export as export_folder
    from penstock.registry.naming import find_version

    with opened(config, settings, model) as found:
        shown = find_version(found.registry, found.model, version)
        experiment = found.registry.experiment(shown.experiment_id)
    files = export_folder(Exported(found.model, shown, experiment, found.config), output)
    if as_json:
        print_json({**found.names, "version": shown.number, "to": to, "output": str(output), "files": files})
    else:
        print_lines(f"Wrote version {shown.number} of {found.model.project}/{found.model.name} to {output}")
        print_lines(f"To check it: cd {output} && sha256sum -c SHA256SUMS")
