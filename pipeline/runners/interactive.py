"""The runner `interactive`: the same components, one by one in a notebook; what they print goes to a log file."""

import tempfile
import time
from pathlib import Path
from typing import Any

from components.tfx_internals import interactive_context, run_in_context
from penstock.config.config import Config
from penstock.core.errors import ConfigError, from_chain
from penstock.core.privacy import private
from penstock.core.process import hidden_arguments, redirected_output
from penstock.core.text import PrintableStream
from penstock.metadata import lineage
from pipeline.nodes import known_node, nodes_of, upstream_of
from pipeline.snapshots import reading_at, renew

LOG_FILE = "log.txt"
RUN_ID = "interactive"


class InteractiveRun:
    """The pipeline's components and the context that runs them, step by step or all at once.

    Attributes:
        nodes: The names of the nodes in the order of the data.
    """

    def __init__(self, config: Config, root: str | Path | None = None) -> None:
        """Build the components once; artifacts go below `root`, by default a new temporary folder."""
        self.root = Path(root or tempfile.mkdtemp(prefix=f"{config.name}-"))
        with private():
            self.root.mkdir(parents=True, exist_ok=True)
            self._log = PrintableStream((self.root / LOG_FILE).open("ab"), encoding="utf-8", line_buffering=True)
        self.nodes = nodes_of(config)
        self._config = config = reading_at(config, self.root / "rows")
        self._done: dict[str, lineage.Node] = {}
        with private(), redirected_output(self._log), hidden_arguments():
            # Imported here, so that what the imports print goes to the log as well.
            from penstock.metadata.interactive import InteractiveStore
            from pipeline.definition import beam_arguments, create_pipeline

            self._store = InteractiveStore(config.store)
            self._context = interactive_context(
                config.name, str(self.root), self._store.connection, beam_arguments(config)
            )
            self._components = {component.id: component for component in create_pipeline(config).components}

    @property
    def so_far(self) -> lineage.Run:
        """What ran until now, as the metadata store would tell it."""
        return lineage.Run(
            RUN_ID, self._config.name, tuple(self._done[node] for node in self.nodes if node in self._done)
        )

    def step(self, node: str) -> lineage.Node:
        """Run one node, and return it with what it gave.

        Raises:
            ConfigError: There is no such node, or a node before it did not run yet.
            PenstockError: A gate refused what it was shown.
        """
        component = self._ready(node)
        started = time.time()
        try:
            with private(), redirected_output(self._log), hidden_arguments():
                if node == self.nodes[0]:
                    renew(self._config)
                result = run_in_context(self._context, component)
        except Exception as error:
            raise from_chain(error) or error from None
        execution, seconds = result.execution_id, time.time() - started
        artifacts = self._store.inputs(execution), self._store.outputs(execution)
        self._done[node] = lineage.Node(node, "ran", execution, started, seconds, *artifacts)
        return self._done[node]

    def run(self, to_node: str | None = None) -> lineage.Run:
        """Run the nodes in order, up to and with `to_node`, by default all, and return the run so far."""
        last = self.nodes[-1] if to_node is None else known_node(self._config, to_node)
        for node in self.nodes[: self.nodes.index(last) + 1]:
            self.step(node)
        return self.so_far

    def _ready(self, node: str) -> Any:
        component = self._components[known_node(self._config, node)]
        if missing := [name for name in upstream_of(self._config, node) if name not in self._done]:
            remedy = f"call step({missing[0]!r})"
            raise ConfigError(f"node {node}", f"{', '.join(missing)} to have run before it", "none of it", remedy)
        return component


def run(config: Config) -> lineage.Run:
    """Run the whole pipeline, and return what became of it."""
    return InteractiveRun(config).run()
