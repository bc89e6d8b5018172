"""The runner `interactive`: the same components, one by one in a notebook."""

import tempfile
from typing import Any

from pipeline.beam_options import beam_arguments
from pipeline.config import Config
from pipeline.definition import create_pipeline
from pipeline.store import connection_config


class InteractiveRun:
    """The pipeline's components and the context that runs them, step by step or all at once."""

    def __init__(self, config: Config, root: str | None = None) -> None:
        """Build the components once; artifacts go below `root`, by default a new temporary folder."""
        from tfx.orchestration.experimental.interactive.interactive_context import InteractiveContext

        self.context = InteractiveContext(
            pipeline_name=config.name,
            pipeline_root=root or tempfile.mkdtemp(prefix=f"{config.name}-"),
            metadata_connection_config=None if config.metadata.uri == "sqlite://" else connection_config(config),
            beam_pipeline_args=beam_arguments(config),
        )
        self._components = {component.id: component for component in create_pipeline(config).components}

    @property
    def nodes(self) -> list[str]:
        """The names of the nodes in the order of the data."""
        return list(self._components)

    def step(self, node: str) -> dict[str, Any]:
        """Run one node, whose inputs must have run before, and return its output artifacts by key."""
        component = self._components[node]
        self.context.run(component, enable_cache=False)
        return {key: channel.get() for key, channel in component.outputs.items()}

    def run(self, to_node: str | None = None) -> dict[str, dict[str, Any]]:
        """Run the nodes in order, up to and with `to_node`, and return their outputs by node."""
        outputs = {}
        for node in self.nodes:
            outputs[node] = self.step(node)
            if node == to_node:
                break
        return outputs




def run(config: Config) -> InteractiveRun:
    """Run the whole pipeline and return the context with its artifacts."""
    interactive = InteractiveRun(config)
    interactive.run()
    return interactive
