"""The runners `kubeflow` and `vertex`: the same definition, compiled to the KFP v2 specification."""

import json
from pathlib import Path
from typing import Any

from components import tfx_internals
from penstock.config.config import Config
from penstock.core.errors import ConfigError
from penstock.core.files import atomic_file
from penstock.core.privacy import shared
from penstock.core.urls import is_remote
from pipeline.definition import create_pipeline

TARGETS = ("kubeflow", "vertex")


def compile(config: Config, directory: Path, target: str) -> list[Path]:
    """Write `NAME-TARGET.json` (schema 2.0, a PipelineJob) and `NAME-TARGET.yaml` (schema 2.1); return the two.

    Raises:
        ConfigError: A node cannot be expressed on the target; nothing was written.
    """
    import yaml

    pipeline = create_pipeline(config)
    pipeline.pipeline_info.pipeline_root = config.kubeflow.root
    unsupported = unsupported_nodes(pipeline)
    if unsupported:
        raise ConfigError(
            f"compile for {target}",
            "nodes that KFP v2 can express",
            f"{len(unsupported)} that it cannot",
            "change these nodes, or run with another runner",
            tuple(f"{node}: {reason}" for node, reason in unsupported.items()),
        )
    job = tfx_internals.kubeflow_job(pipeline, config.kubeflow.image, version_2_1=False)
    # Schema 2.1 is the specification alone; the name of the job and its runtime values come with its submission.
    specification = tfx_internals.kubeflow_job(pipeline, config.kubeflow.image, version_2_1=True)["pipelineSpec"]
    texts = {
        "json": json.dumps(job, indent=1, sort_keys=True) + "\n",
        "yaml": yaml.safe_dump(specification, sort_keys=True),
    }
    with shared():
        directory.mkdir(parents=True, exist_ok=True)
    return [_write(directory / f"{config.name}-{target}.{suffix}", text) for suffix, text in texts.items()]


def unsupported_nodes(pipeline: Any) -> dict[str, str]:
    """Return the nodes that KFP v2 cannot express, each with the reason."""
    from tfx.components.infra_validator.component import InfraValidator
    from tfx.dsl.components.common.resolver import Resolver
    from tfx.dsl.input_resolution.strategies.latest_artifact_strategy import LatestArtifactStrategy
    from tfx.dsl.input_resolution.strategies.latest_blessed_model_strategy import LatestBlessedModelStrategy

    reasons = {}
    for node in pipeline.components:
        if isinstance(node, InfraValidator):
            reasons[node.id] = "InfraValidator starts containers"
        elif isinstance(node, tfx_internals.file_based_example_gen()) and is_remote(node.exec_properties["input_base"]):
            reasons[node.id] = "KFP's driver looks for files, and the rows are in a database: export them to Parquet"
        elif isinstance(node, Resolver):
            strategy = tfx_internals.resolver_strategy(node)
            if strategy not in (LatestArtifactStrategy, LatestBlessedModelStrategy):
                reasons[node.id] = f"only the latest artifact or blessed model can be resolved, not {strategy.__name__}"
        elif _has_custom_driver(node):
            reasons[node.id] = f"it has a custom driver, {node.driver_class.__name__}"
    return reasons


def _has_custom_driver(node: Any) -> bool:
    from tfx.dsl.components.base.base_component import BaseComponent

    is_custom = isinstance(node, BaseComponent) and node.driver_class is not tfx_internals.base_driver()
    return is_custom and not isinstance(node, tfx_internals.file_based_example_gen())


def _write(file: Path, text: str) -> Path:
    with atomic_file(file) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return file
