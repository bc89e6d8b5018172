"""What prevents the compilation of a configured pipeline for a target."""

from typing import Any

from penstock.config.config import Config
from penstock.core.errors import ConfigError
from pipeline.runners.refused import refused_settings
from pipeline.runners.unsupported import unsupported_nodes, unsupported_places


def problems_of(config: Config, pipeline: Any) -> dict[str, str]:
    """Return the nodes and the keys that prevent the compilation, each with the reason."""
    settings = refused_settings(config, pipeline.beam_pipeline_args or ())
    return {**unsupported_nodes(pipeline), **unsupported_places(config), **settings}


def refuse(config: Config, problems: dict[str, str]) -> None:
    """Raise an error if there are problems.

    Raises:
        ConfigError: There are; each is a line of it.
    """
    if problems:
        raise ConfigError(
            f"compile for {config.target}",
            "nodes and settings that KFP v2 and the target can express",
            f"{len(problems)} that they cannot",
            "change them, or run with another runner",
            tuple(f"{name}: {reason}" for name, reason in problems.items()),
        )
