"""The runner `interactive`: the same components, one by one in a notebook; their output goes to a log file."""

import time
import weakref
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from components.tfx_internals import interactive_context, run_in_context
from penstock.config.config import Config
from penstock.core.errors import ConfigError, from_chain
from penstock.core.files import temporary_folder
from penstock.core.privacy import private
from penstock.core.process import hidden_arguments, redirected_output
from penstock.core.text import PrintableStream
from penstock.metadata import lineage
from penstock.registry.baseline import with_baseline
from pipeline.nodes import known_node, nodes_of, upstream_of
from pipeline.preflight import check_server
from pipeline.recording import NOT_YET, Notebook
from pipeline.snapshots import refresh, with_snapshot

LOG_FILE = "log.txt"


class InteractiveRun:
    """The pipeline's components and the context that runs them, step by step or all together.

    Attributes:
        nodes: The names of the nodes in the order of the data.
        recorded: What became of the record of the last push; None before it, or if runs are not recorded.
    """

    def __init__(self, config: Config, root: str | Path | None = None) -> None:
        """Build the components once; artifacts go below `root`, by default in the folder of the configuration.

        With metadata in memory that is a temporary folder, which is removed when the kernel ends, or before.
        """
        check_server(config)
        self._resources = ExitStack()
        weakref.finalize(self, self._resources.close)
        is_brief = root is None and config.store_uri == "sqlite://"
        self.root = Path(self._resources.enter_context(temporary_folder()) if is_brief else root or config.artifacts)
        with private():
            self.root.mkdir(parents=True, exist_ok=True)
            self._log = PrintableStream((self.root / LOG_FILE).open("ab"), encoding="utf-8", line_buffering=True)
        self.nodes, self.recorded = nodes_of(config), NOT_YET
        self._config = config = with_snapshot(with_baseline(config), self.root / "rows")
        self._done: dict[str, lineage.Node] = {}
        self._notebook = Notebook(config)
        with private(), redirected_output(self._log), hidden_arguments():
            # Imported here, so that the output of the imports goes to the log file too.
            from penstock.metadata.interactive import InteractiveStore
            from pipeline.definition import beam_arguments, create_pipeline

            self._store = InteractiveStore(config.store)
            place, store = str(self.root), self._store.connection
            self._context = interactive_context(config.name, place, store, beam_arguments(config))
            self._components = {component.id: component for component in create_pipeline(config).components}

    @property
    def current(self) -> lineage.Run:
        """The run with the nodes that have run until now."""
        done = tuple(self._done[node] for node in self.nodes if node in self._done)
        return lineage.Run("interactive", self._config.name, done)

    def step(self, node: str) -> lineage.Node:
        """Run one node, and return it with its outputs.

        Raises:
            ConfigError: There is no such node, or a node before it has not run yet.
            PenstockError: A gate refused its input.
        """
        component, started = self._ready(node), time.time()
        try:
            with private(), redirected_output(self._log), hidden_arguments():
                if node == self.nodes[0]:
                    refresh(self._config)
                result = run_in_context(self._context, component)
        except Exception as error:
            raise from_chain(error) or error from None
        execution, seconds = result.execution_id, time.time() - started
        artifacts = self._store.inputs(execution), self._store.outputs(execution)
        self._done[node] = lineage.Node(node, "ran", execution, started, seconds, *artifacts)
        self.recorded = self._notebook.after(node, self.current)
        return self._done[node]

    def run(self, to_node: str | None = None) -> lineage.Run:
        """Run the nodes in order, up to and including `to_node`, by default all, and return the run."""
        last = self.nodes[-1] if to_node is None else known_node(self._config, to_node)
        for node in self.nodes[: self.nodes.index(last) + 1]:
            self.step(node)
        return self.current

    def _ready(self, node: str) -> Any:
        component = self._components[known_node(self._config, node)]
        if missing := [name for name in upstream_of(self._config, node) if name not in self._done]:
            remedy = f"call step({missing[0]!r})"
            raise ConfigError(f"node {node}", f"{', '.join(missing)} to have run before it", "none of it", remedy)
        return component
