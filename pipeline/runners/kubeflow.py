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
from penstock.core.files import atomic_file
from penstock.core.privacy import shared
from pipeline.definition import create_pipeline
from pipeline.nodes import gates, nodes_of, runs_each_time
from pipeline.runners import kubeflow_node
from pipeline.runners.problems import problems_of, refuse
from pipeline.runners.resources import add_resources, add_retries, platform_of
from pipeline.runners.specification import Parameter, add_parameters, run_each_time, start_with, without_drivers


def compile(config: Config, directory: Path, target: Target) -> list[Path]:
    """Write `NAME-TARGET.yaml` (schema 2.1), and for Vertex AI `NAME-TARGET.json` (schema 2.0, a PipelineJob).

    Kubeflow takes schema 2.1 only.

    Raises:
        ConfigError: A node or a setting cannot be expressed on the target; nothing was written.
    """
    config = config.compiled_for(target)
    pipeline = build(config)
    refuse(config, problems_of(config, pipeline))
    texts = texts_of(config, pipeline)
    with shared():
        directory.mkdir(parents=True, exist_ok=True)
    return [_write(directory / f"{config.name}-{target}.{suffix}", text) for suffix, text in texts.items()]


def parameters(config: Config) -> list[Parameter]:
    """Return the parameters that each run of the compiled pipeline may set."""
    trained = tuple(node for node in ("Tuner", "Trainer") if node in nodes_of(config))
    found = [Parameter(SOURCE, config.input.source, ("ExampleGen",)), Parameter(MODEL, "{}", trained)]
    return [*found, Parameter(SPAN, "", ("ExampleGen",))] if SPAN_MARK in config.data.source else found


def build(config: Config) -> Any:
    """Return the pipeline of a configuration for a target."""
    pipeline = create_pipeline(config)
    pipeline.pipeline_info.pipeline_root = config.kubeflow.root
    return pipeline


def texts_of(config: Config, pipeline: Any) -> dict[str, str]:
    """Return the text of each file by its suffix."""
    import yaml

    specification = _specification(config, pipeline)
    documents = [specification, platform_of(specification, config.kubeflow)]
    text = yaml.safe_dump_all([each for each in documents if each], sort_keys=True)
    if config.target == "kubeflow":
        return {"yaml": text}
    return {"json": json.dumps(_job(config, pipeline), indent=1, sort_keys=True) + "\n", "yaml": text}


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
    disabled = {node for node in nodes_of(config) if not config.kubeflow.may_cache(node)}
    run_each_time(specification, runs_each_time() | disabled)
    add_parameters(specification, parameters(config))
    add_resources(specification, config.kubeflow)
    add_retries(specification, config.kubeflow, gates())
    return specification


def _write(file: Path, text: str) -> Path:
    with atomic_file(file) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return file
