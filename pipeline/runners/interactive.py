"""The runner `interactive`: the same components, one by one in a notebook.

A notebook stays calm: what TFX, Beam and TensorFlow print goes to `log.txt` beside the artifacts.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipeline import lineage
from pipeline.config import Config, suggestion
from pipeline.diversion import diverted
from pipeline.errors import ConfigError, from_chain
from pipeline.plan import NODES

LOG_FILE = "log.txt"


class InteractiveRun:
    """The pipeline's components and the context that runs them, step by step or all at once."""

    def __init__(self, config: Config, root: str | Path | None = None) -> None:
        """Build the components once; artifacts go below `root`, by default a new temporary folder."""
        self.root = Path(root or tempfile.mkdtemp(prefix=f"{config.name}-"))
        self.root.mkdir(parents=True, exist_ok=True)
        self._log = (self.root / LOG_FILE).open("a", encoding="utf-8", buffering=1)
        self._done: dict[str, lineage.Node] = {}
        with self._calm():
            # Imported here, so that what the imports print goes to the log as well.
            from tfx.orchestration.experimental.interactive.interactive_context import InteractiveContext

            from pipeline.beam_options import beam_arguments
            from pipeline.definition import create_pipeline
            from pipeline.interactive_store import InteractiveStore

            self._store = InteractiveStore(config)
            self._context = InteractiveContext(
                pipeline_name=config.name,
                pipeline_root=str(self.root),
                metadata_connection_config=self._store.connection,
                beam_pipeline_args=beam_arguments(config),
            )
            components = {component.id: component for component in create_pipeline(config).components}
            self._components = {node: components[node] for node in NODES}

    @property
    def nodes(self) -> list[str]:
        """The names of the nodes in the order of the data."""
        return list(self._components)

    @property
    def done(self) -> list[lineage.Node]:
        """The nodes that ran, in the order of the data."""
        return [self._done[node] for node in self.nodes if node in self._done]

    def step(self, node: str) -> lineage.Node:
        """Run one node, and return it with what it gave.

        Raises:
            ConfigError: There is no such node, or a node before it did not run yet.
            PenstockError: A gate refused what it was shown.
        """
        component = self._component(node)
        started = time.time()
        try:
            with self._calm():
                # `run` does nothing, silently, outside of IPython; what it wraps works anywhere.
                result = self._context.run.__wrapped__(self._context, component, enable_cache=False)
        except Exception as error:
            raise from_chain(error) or error from error
        execution, seconds = result.execution_id, time.time() - started
        taken, given = self._store.inputs(execution), self._store.outputs(execution)
        self._done[node] = lineage.Node(node, "ran", execution, started, seconds, taken, given)
        return self._done[node]

    def run(self, to_node: str | None = None) -> list[lineage.Node]:
        """Run the nodes in order, up to and with `to_node`, and return them."""
        last = self._component(to_node, anywhere=True).id if to_node else self.nodes[-1]
        return [self.step(node) for node in self.nodes[: self.nodes.index(last) + 1]]

    def _component(self, node: str, *, anywhere: bool = False) -> Any:
        if node not in self._components:
            received = f"{node!r}{suggestion(node, self.nodes)}"
            raise ConfigError(f"node {node}", f"one of {', '.join(self.nodes)}", received, "name a node of the pipeline")
        component = self._components[node]
        missing = [name for name in self.nodes if name in {n.id for n in component.upstream_nodes} - set(self._done)]
        if missing and not anywhere:
            raise ConfigError(f"node {node}", f"a run of {', '.join(missing)} before it", "none", f"step({missing[0]!r}) first")
        return component

    @contextmanager
    def _calm(self) -> Iterator[None]:
        """Keep the screen clean, and the command line from Beam and the executors, which parse it for flags."""
        before, sys.argv = sys.argv, sys.argv[:1]
        try:
            with diverted(self._log):
                yield
        finally:
            sys.argv = before


def run(config: Config) -> InteractiveRun:
    """Run the whole pipeline and return the context with its artifacts."""
    interactive = InteractiveRun(config)
    interactive.run()
    return interactive
