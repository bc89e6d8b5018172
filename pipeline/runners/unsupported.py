"""The nodes and the places that a compiled pipeline cannot have, each with the reason."""

from pathlib import Path
from typing import Any

from components import tfx_internals
from penstock.config.config import Config
from penstock.core.places import is_remote_place
from penstock.core.urls import is_remote

# Folders of the container alone; `/gcs` is not among them, because it is read and written as `gs://`.
_OWN_FOLDERS = ("/tmp/", "/s3/", "/minio/")  # noqa: S108  no file is made there


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
            reasons[node.id] = "its container has no password of a database: export the rows to Parquet"
        elif isinstance(node, Resolver):
            strategy = tfx_internals.resolver_strategy(node)
            if strategy not in (LatestArtifactStrategy, LatestBlessedModelStrategy):
                reasons[node.id] = f"only the latest artifact or blessed model can be resolved, not {strategy.__name__}"
        elif _has_custom_driver(node):
            reasons[node.id] = f"it has a custom driver, {node.driver_class.__name__}"
    return reasons


def unsupported_places(config: Config) -> dict[str, str]:
    """Return the keys of places that no other container finds again, each with the reason."""
    lost = {
        "push.directory": config.push.directory,
        **({"data.quarantine": config.data.quarantine} if config.data.quarantine else {}),
    }
    return {
        key: f"{place} is lost with the container: name a bucket, or the absolute path of a mounted folder"
        for key, place in lost.items()
        if not is_remote_place(place) and (not Path(place).is_absolute() or place.startswith(_OWN_FOLDERS))
    }


def _has_custom_driver(node: Any) -> bool:
    from tfx.dsl.components.base.base_component import BaseComponent

    is_custom = isinstance(node, BaseComponent) and node.driver_class is not tfx_internals.base_driver()
    return is_custom and not isinstance(node, tfx_internals.file_based_example_gen())
