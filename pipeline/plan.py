"""The plan of a run: the compiled pipeline, the nodes to run, and the earlier run whose outputs are reused."""

import gc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from components import tfx_internals
from penstock.config.config import Config
from penstock.core.errors import ConfigError
from penstock.core.process import hidden_arguments, import_lazily
from penstock.metadata import lineage
from pipeline.nodes import is_cached, known_node, nodes_of, resolvers_for, upstream_of


@dataclass(frozen=True)
class RunOptions:
    """The options of a run.

    Attributes:
        run_id: The name of the run; empty for the local time.
        from_node: Nodes before this one are reused from an earlier run.
        to_node: Nodes after this one do not run.
        cache: Whether the outputs of a node come from the cache if its inputs, settings and code are unchanged.
        resume: The run to continue: its finished nodes are reused if data, settings and code are unchanged.
        verify: Whether all stored files are read, to find damage that changed neither sizes nor times.
        baseline: Folder and digest of the version that models are compared with, if it was looked up.
    """

    run_id: str = ""
    from_node: str | None = None
    to_node: str | None = None
    cache: bool = True
    resume: str | None = None
    verify: bool = False
    baseline: Sequence[str] = ()

    @property
    def is_whole(self) -> bool:
        """Whether every node is part of the run."""
        return self.from_node is None and self.to_node is None


def new_run_id(config: Config) -> str:
    """Return a name for the next run: the local time, with a number where two start within a second."""
    name = datetime.now().strftime("%Y%m%d-%H%M%S")
    used = set(lineage.run_ids(config.store))
    return next(
        candidate for candidate in (name, *(f"{name}-{number}" for number in range(2, 1000))) if candidate not in used
    )


def check_nodes(config: Config, options: RunOptions) -> None:
    """Refuse names that are not nodes of the configured pipeline.

    Raises:
        ConfigError: `from_node` or `to_node` is unknown, or the two are in the wrong order.
    """
    for flag, node in (("--from", options.from_node), ("--to", options.to_node)):
        if node is not None:
            known_node(config, node, flag)
    order = nodes_of(config).index
    if options.from_node and options.to_node and order(options.from_node) > order(options.to_node):
        raise ConfigError(
            f"--from {options.from_node} --to {options.to_node}",
            "the first node before the last",
            "the reverse",
            "swap the two",
        )


def check_earlier_run(config: Config, options: RunOptions) -> None:
    """Refuse to start at a node if no earlier run has finished the nodes before it; this needs no TFX.

    Raises:
        ConfigError: No earlier run has the outputs to be reused.
        StoreError: The store cannot be read.
    """
    if options.from_node:
        upstream = {node: set(upstream_of(config, node)) for node in nodes_of(config)}
        _, needed = _parts(upstream, {options.from_node})
        if needed:
            _base_run(config, needed, options)


def unfinished_run(config: Config) -> str:
    """Return the name of the last run, to be continued.

    Raises:
        ConfigError: There is no run, or the last one is complete.
    """
    names = lineage.run_ids(config.store)
    if not names:
        raise ConfigError("resume", "a run that failed or was killed", "no run", "write `penstock run`")
    last = lineage.run(config.store, names[0])
    if last.state in ("pushed", "refused"):
        raise ConfigError(
            "resume",
            "a last run that failed or was killed",
            f"run {last.id}, which ended: {last.state}",
            "write `penstock run`",
        )
    return last.id


def prepare_imports() -> None:
    """Import the modules for compiling and running a pipeline, which takes seconds once in a process."""
    import_lazily(tfx_internals.UNUSED)
    with hidden_arguments():
        import pipeline.definition  # noqa: F401
    # Imported objects are never freed: the garbage collector need not scan millions of them each time.
    gc.collect()
    gc.freeze()


def compile_plan(config: Config, options: RunOptions) -> Any:
    """Return TFX's intermediate representation of the run.

    Raises:
        ConfigError: No earlier run has the outputs to be reused.
    """
    from pipeline.definition import create_pipeline

    ir = tfx_internals.compiled(create_pipeline(config), options.run_id)
    for node in ir.nodes:
        caching = node.pipeline_node.execution_options.caching_options
        caching.enable_cache = options.cache and is_cached(node.pipeline_node.node_info.id)
    _mark(ir, config, options)
    return ir


def _mark(ir: Any, config: Config, options: RunOptions) -> None:
    """Mark the nodes that run and those that are reused from an earlier run; a complete run is not marked."""
    upstream = {node.pipeline_node.node_info.id: set(node.pipeline_node.upstream_nodes) for node in ir.nodes}
    first, base = _first_nodes(config, options), options.resume
    if (not first and not options.to_node) or first >= set(upstream):
        return
    first, needed = _parts(upstream, first)
    if needed:
        base = base or _base_run(config, needed, options)
        tfx_internals.mark_partial(ir, sorted(first), options.to_node, base)
    elif options.to_node:
        tfx_internals.mark_partial(ir, [], options.to_node, None)


def _parts(upstream: Mapping[str, set[str]], first: set[str]) -> tuple[set[str], set[str]]:
    """Return the nodes at which a run starts, and those whose outputs it reuses."""
    # The blessed model of an earlier run may be older than the latest one, so it is looked up again.
    first = first | (resolvers_for(_running(upstream, first)) & set(upstream))
    running = _running(upstream, first)
    return first, {need for node in running for need in upstream[node]} - running


def _first_nodes(config: Config, options: RunOptions) -> set[str]:
    if options.resume:
        return set(nodes_of(config)) - _finished(lineage.run(config.store, options.resume))
    return {options.from_node} if options.from_node else set()


def _running(upstream: Mapping[str, set[str]], first: set[str]) -> set[str]:
    """Return some nodes with all of their downstream nodes; `upstream` is in the order of the data."""
    running = set(first)
    for node, needs in upstream.items():
        if needs & running:
            running.add(node)
    return running


def _base_run(config: Config, needed: set[str], options: RunOptions) -> str:
    for run in lineage.runs(config.store):
        if needed <= _finished(run):
            return run.id
    raise ConfigError(
        f"--from {options.from_node}",
        f"an earlier run that finished {', '.join(sorted(needed))}",
        "none",
        "run once without --from",
    )


def _finished(run: lineage.Run) -> set[str]:
    """Return the nodes of a run whose outputs can be reused."""
    return {
        node.id for node in run.nodes if node.state in ("ran", "cached") and all(output.live for output in node.outputs)
    }
