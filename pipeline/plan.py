"""What a run will do: the compiled pipeline, which nodes run, and from which earlier run the others are reused."""

import gc
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from components import tfx_internals
from pipeline import lineage
from pipeline.config import Config, suggestion
from pipeline.deferral import defer
from pipeline.diversion import own_arguments
from pipeline.errors import ConfigError

_EVERY_NODE = (
    "ExampleGen",
    "StatisticsGen",
    "SchemaGen",
    "ExampleValidator",
    "AnomalyReport",
    "AnomalyGate",
    "DriftReport",
    "DriftGate",
    "Transform",
    "Tuner",
    "WarmStart",
    "Trainer",
    "Resolver",
    "Evaluator",
    "ModelVerdict",
    "RowCountGate",
    "Pusher",
)
_OPTIONAL = ("Tuner", "WarmStart")
# What every run has, whatever is configured.
NODES = tuple(node for node in _EVERY_NODE if node not in _OPTIONAL)
# What looks up the latest blessed model, by the node that takes it.
_RESOLVERS = {"Trainer": "WarmStart", "Evaluator": "Resolver"}

# They look at what was pushed before, of which the cache knows nothing.
_LOOKING = ("DriftReport", "Pusher")


@dataclass(frozen=True)
class RunOptions:
    """What the person asked of a run.

    Attributes:
        run_id: The run's name.
        from_node: Nodes before this one are reused from an earlier run.
        to_node: Nodes after this one do not run.
        cache: Whether a node whose inputs, settings and code did not change is taken from the cache.
        resume: The run to go on from, of the same data, settings and code: what it finished is reused.
        verify: Whether the content of all that is kept is read, to find damage that left sizes and times as they were.
    """

    run_id: str
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
    taken = set(lineage.run_ids(config))
    return next(
        candidate for candidate in (name, *(f"{name}-{number}" for number in range(2, 1000))) if candidate not in taken
    )


def nodes_of(config: Config) -> tuple[str, ...]:
    """Return the nodes of the configured pipeline, in the order of the data."""
    configured = {"Tuner": config.tuning is not None, "WarmStart": config.model.warm_start}
    return tuple(node for node in _EVERY_NODE if configured.get(node, True))


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


def known_node(config: Config, node: str, what: str = "node") -> str:
    """Return the name of a node as it is.

    Raises:
        ConfigError: There is no such node.
    """
    nodes = nodes_of(config)
    if node in nodes:
        return node
    if node in _OPTIONAL:
        key = "[tuning]" if node == "Tuner" else "model.warm_start"
        raise ConfigError(f"{what} {node}", "a node that is configured", f"no {key}", f"set {key}, or name another")
    received = f"{node!r}{suggestion(node, nodes)}"
    raise ConfigError(f"{what} {node}", f"one of {', '.join(nodes)}", received, "name a node of the pipeline")


def unfinished_run(config: Config) -> str:
    """Return the name of the last run, to be gone on with.

    Raises:
        ConfigError: There is none, or it came to its end.
    """
    names = lineage.run_ids(config)
    if not names:
        raise ConfigError("resume", "a run that failed or was killed", "no run at all", "write `penstock run`")
    last = lineage.run(config, names[0])
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
    defer(tfx_internals.UNUSED)
    with own_arguments():
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
        caching.enable_cache = options.cache and node.pipeline_node.node_info.id not in _LOOKING
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
    first = first | {resolver for node, resolver in _RESOLVERS.items() if node in running and resolver in upstream}
    running = _running(upstream, first)
    if first:
        needed = {need for node in running for need in upstream[node]} - running
        base = base or _base_run(config, needed, options)
    tfx_internals.mark_partial(ir, sorted(first), options.to_node, base if first else None)


def _first_nodes(config: Config, options: RunOptions) -> set[str]:
    if options.resume:
        return set(nodes_of(config)) - _finished(lineage.run(config, options.resume))
    return {options.from_node} if options.from_node else set()


def _running(upstream: Mapping[str, set[str]], first: set[str]) -> set[str]:
    """Return some nodes with all that follow from them; `upstream` is in the order of the data."""
    running = set(first)
    for node, needs in upstream.items():
        if needs & running:
            running.add(node)
    return running


def _base_run(config: Config, needed: set[str], options: RunOptions) -> str:
    for found in lineage.runs(config):
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
