"""`penstock compile`: write the pipeline for Kubeflow Pipelines or Vertex AI."""

from pathlib import Path
from typing import Annotated, cast, get_args

import typer

from penstock.core.text import did_you_mean
from pipeline.cli.options import DEFAULT_CONFIG, ConfigOption, DebugOption, JsonOption, SetOption
from pipeline.cli.printing import print_json, print_lines


def compile(
    target: Annotated[str, typer.Option(help="What to compile for: kubeflow or vertex.")] = "kubeflow",
    output: Annotated[Path, typer.Option(help="Folder for the files.")] = Path("compiled"),
    config: ConfigOption = DEFAULT_CONFIG,
    settings: SetOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Write the pipeline as a KFP v2 specification.

    It is written as YAML (schema 2.1), and for vertex also as JSON (schema 2.0).
    """
    from penstock.config.config import Target
    from penstock.config.loading import load
    from penstock.core.errors import ConfigError
    from penstock.core.process import redirected_output
    from penstock.core.text import PrintableStream

    targets = get_args(Target)
    if target not in targets:
        raise ConfigError(
            f"--target {target}",
            "kubeflow or vertex",
            f"{target!r}{did_you_mean(target, targets)}",
            "choose one of them",
        )
    loaded = load(config, settings or ())
    try:
        loaded.logs.mkdir(parents=True, exist_ok=True)
        with PrintableStream((loaded.logs / "compile.log").open("wb"), encoding="utf-8") as log, redirected_output(log):
            from pipeline.runners import kubeflow

            files = [str(file) for file in kubeflow.compile(loaded, output, cast(Target, target))]
    except OSError as error:
        raise ConfigError(
            f"{error.filename or output}",
            "a folder that can be written",
            error.strerror or str(error),
            "change --output",
        ) from error
    if as_json:
        print_json({"target": target, "files": files})
    else:
        print_lines(*files)
