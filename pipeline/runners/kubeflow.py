"""The runners `kubeflow` and `vertex`: the same definition, compiled to the KFP v2 specification.

What is compiled does not depend on this machine: relative paths are those of the project in the image.
"""

import json
from pathlib import Path
from typing import Any

from components import tfx_internals
from components.example_gen.component import SOURCE, SPAN, SPAN_MARK
from components.settings import MODEL
from penstock.config.config import Config, Target
from penstock.core.errors import ConfigError
from penstock.core.files import atomic_file
from penstock.core.privacy import shared
from pipeline.definition import create_pipeline
from pipeline.nodes import nodes_of, runs_each_time
from pipeline.runners import kubeflow_node
from pipeline.runners.specification import Parameter, add_parameters, run_each_time, start_with, without_drivers
from pipeline.runners.unsupported import unsupported_nodes, unsupported_places


def compile(config: Config, directory: Path, target: Target) -> list[Path]:
    """Write `NAME-TARGET.yaml` (schema 2.1), and for Vertex AI `NAME-TARGET.json` (schema 2.0, a PipelineJob).

    Kubeflow takes schema 2.1 only.

    Raises:
        ConfigError: A node cannot be expressed on the target; nothing was written.
    """
    import yaml

    config = config.compiled_for(target)
    pipeline = create_pipeline(config)
    pipeline.pipeline_info.pipeline_root = config.kubeflow.root
    _refuse_unsupported(config, pipeline)
    texts = {"yaml": yaml.safe_dump(_specification(config, pipeline), sort_keys=True)}
    if target == "vertex":
        texts = {"json": json.dumps(_job(config, pipeline), indent=1, sort_keys=True) + "\n", **texts}
    with shared():
        directory.mkdir(parents=True, exist_ok=True)
    return [_write(directory / f"{config.name}-{target}.{suffix}", text) for suffix, text in texts.items()]


def parameters(config: Config) -> list[Parameter]:
    """Return the parameters that each run of the compiled pipeline may set."""
    trained = tuple(node for node in ("Tuner", "Trainer") if node in nodes_of(config))
    found = [Parameter(SOURCE, config.input.source, ("ExampleGen",)), Parameter(MODEL, "{}", trained)]
    return [*found, Parameter(SPAN, "", ("ExampleGen",))] if SPAN_MARK in config.data.source else found


def _refuse_unsupported(config: Config, pipeline: Any) -> None:
    unsupported = {**unsupported_nodes(pipeline), **unsupported_places(config)}
    if unsupported:
        raise ConfigError(
            f"compile for {config.target}",
            "nodes and places that KFP v2 can express",
            f"{len(unsupported)} that it cannot",
            "change them, or run with another runner",
            tuple(f"{what}: {reason}" for what, reason in unsupported.items()),
        )


def _specification(config: Config, pipeline: Any) -> dict[str, Any]:
    """Return the specification of schema 2.1, whose values come with the submission of a run."""
    found = tfx_internals.kubeflow_job(pipeline, config.kubeflow.image, version_2_1=True)["pipelineSpec"]
    found["defaultPipelineRoot"] = config.kubeflow.root
    return _finished(config, found)


def _job(config: Config, pipeline: Any) -> dict[str, Any]:
    """Return the job of schema 2.0, with the values of its parameters."""
    job = tfx_internals.kubeflow_job(pipeline, config.kubeflow.image, version_2_1=False)
    job["pipelineSpec"] = _finished(config, job["pipelineSpec"])
    values = {each.name: {"stringValue": each.default} for each in parameters(config)}
    job["runtimeConfig"] = {**job.get("runtimeConfig", {}), "parameters": values}
    return job


def _finished(config: Config, specification: dict[str, Any]) -> dict[str, Any]:
    without_drivers(specification)
    if config.target == "kubeflow":
        start_with(specification, kubeflow_node.__name__)
    run_each_time(specification, runs_each_time())
    add_parameters(specification, parameters(config))
    return specification


def _write(file: Path, text: str) -> Path:
    with atomic_file(file) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return file
