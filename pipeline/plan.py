"""What a run will do: the compiled pipeline, which nodes run, and from which earlier run the others are reused."""

import gc
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from components import tfx_internals
from penstock.config.config import Config
from penstock.core.errors import ConfigError
from penstock.core.process import hidden_arguments, import_lazily
from penstock.metadata import lineage
from pipeline.nodes import is_cached, known_node, nodes_of, resolvers_for


@dataclass(frozen=True)
class RunOptions:
    """What the person asked of a run.

    Attributes:
        run_id: The run's name; empty to take the local time.
        from_node: Nodes before this one are reused from an earlier run.
        to_node: Nodes after this one do not run.
        cache: Whether a node whose inputs, settings and code did not change is taken from the cache.
        resume: The run to go on from: what it finished is reused, if data, settings and code are still the same.
        verify: Whether the content of all that is kept is read, to find damage that left sizes and times as they were.
    """

    run_id: str = ""
    from_node: str | None = None
    to_node: str | None = None
    cache: bool = True
    resume: str | None = None
    verify: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether no node is left out or taken over from an earlier run unseen."""
        return self.from_node is None and self.to_node is None


def new_run_id(config: Config) -> str:
    """Return a name for the next run: the local time, with a number where two start within a second."""
    name = datetime.now().strftime("%Y%m%d-%H%M%S")
    taken = set(lineage.run_ids(config.store))
    return next(
        candidate for candidate in (name, *(f"{name}-{number}" for number in range(2, 1000))) if candidate not in taken
    )


def check_nodes(config: Config, options: RunOptions) -> None:
    """Refuse names that are no node of the configured pipeline.

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


def unfinished_run(config: Config) -> str:
    """Return the name of the last run, to be gone on with.

    Raises:
        ConfigError: There is none, or it came to its end.
    """
    names = lineage.run_ids(config.store)
    if not names:
        raise ConfigError("resume", "a run that failed or was killed", "no run at all", "write `penstock run`")
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
    """Import what compiling and running a pipeline needs; it takes seconds, once in a process."""
    import_lazily(tfx_internals.UNUSED)
    with hidden_arguments():
        import pipeline.definition  # noqa: F401
    # What is imported stays; looking through its millions of objects at each collection would find nothing to free.
    gc.collect()
    gc.freeze()


def compile_plan(config: Config, options: RunOptions) -> Any:
    """Return TFX's intermediate representation of the run.

    Raises:
        ConfigError: No earlier run holds what is to be reused.
    """
    from pipeline.definition import create_pipeline

    ir = tfx_internals.compiled(create_pipeline(config), options.run_id)
    for node in ir.nodes:
        caching = node.pipeline_node.execution_options.caching_options
        caching.enable_cache = options.cache and is_cached(node.pipeline_node.node_info.id)
    _mark(ir, config, options)
    return ir


def _mark(ir: Any, config: Config, options: RunOptions) -> None:
    """Mark which nodes run and which are reused from an earlier run; a full run is left unmarked."""
    upstream = {node.pipeline_node.node_info.id: set(node.pipeline_node.upstream_nodes) for node in ir.nodes}
    first, base = _first_nodes(config, options), options.resume
    if (not first and not options.to_node) or first >= set(upstream):
        return
    running = _running(upstream, first)
    # What an earlier run compared with, or started from, may be older than the latest blessed model.
    first = first | (resolvers_for(running) & set(upstream))
    running = _running(upstream, first)
    if first:
        needed = {need for node in running for need in upstream[node]} - running
        base = base or _base_run(config, needed, options)
    tfx_internals.mark_partial(ir, sorted(first), options.to_node, base if first else None)


def _first_nodes(config: Config, options: RunOptions) -> set[str]:
    if options.resume:
        return set(nodes_of(config)) - _finished(lineage.run(config.store, options.resume))
    return {options.from_node} if options.from_node else set()


def _running(upstream: Mapping[str, set[str]], first: set[str]) -> set[str]:
    """Return some nodes with all that follow from them; `upstream` is in the order of the data."""
    running = set(first)
    for node, needs in upstream.items():
        if needs & running:
            running.add(node)
    return running


def _base_run(config: Config, needed: set[str], options: RunOptions) -> str:
    for found in lineage.runs(config.store):
        if needed <= _finished(found):
            return found.id
    raise ConfigError(
        f"--from {options.from_node}",
        f"an earlier run that finished {', '.join(sorted(needed))}",
        "none",
        "run once without --from",
    )


def _finished(run: lineage.Run) -> set[str]:
    """Return the nodes of a run whose outputs can be used again."""
    return {
        node.id for node in run.nodes if node.state in ("ran", "cached") and all(output.live for output in node.outputs)
    }
