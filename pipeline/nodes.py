"""The nodes of the pipeline in the order of the data, with their upstream nodes, splits and conditions.

`pipeline.definition` builds them; a test compares the two. Commands that only read use this table without TensorFlow.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from penstock.config.config import Config
from penstock.core.errors import ConfigError
from penstock.core.text import did_you_mean


@dataclass(frozen=True)
class NodeSpec:
    """One node of the pipeline.

    Attributes:
        id: The node's name.
        upstream: The nodes that it waits for, optional ones among them.
        splits: The splits whose rows it reads or writes, () for all; None if it reads no rows.
        key: The configuration key that adds it to the pipeline; None if it is always part of it.
        cached: Whether its outputs may come from the cache; not if it reads pushed versions.
        resolves: Whether it looks up the latest blessed model for its downstream nodes.
    """

    id: str
    upstream: tuple[str, ...] = ()
    splits: tuple[str, ...] | None = None
    key: str | None = None
    cached: bool = True
    resolves: bool = False


TABLE = (
    NodeSpec("ExampleGen", splits=()),
    NodeSpec("StatisticsGen", ("ExampleGen",), splits=()),
    NodeSpec("SchemaGen", ("StatisticsGen",)),
    NodeSpec("ExampleValidator", ("StatisticsGen", "SchemaGen")),
    NodeSpec("AnomalyReport", ("ExampleValidator",)),
    NodeSpec("AnomalyGate", ("AnomalyReport",)),
    NodeSpec("DriftReport", ("StatisticsGen",), cached=False),
    NodeSpec("DriftGate", ("DriftReport",)),
    NodeSpec("Transform", ("ExampleGen", "SchemaGen", "AnomalyGate", "DriftGate"), splits=("train",)),
    NodeSpec("Tuner", ("ExampleGen", "Transform"), splits=("train",), key="[tuning]"),
    NodeSpec("WarmStart", key="model.warm_start", resolves=True),
    NodeSpec("Trainer", ("ExampleGen", "SchemaGen", "Transform", "Tuner", "WarmStart"), splits=("train",)),
    NodeSpec("Decision", ("ExampleGen", "Transform", "Trainer"), splits=("train",), key="[decision]"),
    NodeSpec("MonotonicityGate", ("ExampleGen", "Trainer", "Decision"), splits=("eval",), key="a monotonic feature"),
    NodeSpec("Resolver", resolves=True),
    NodeSpec("Evaluator", ("ExampleGen", "Trainer", "Decision", "MonotonicityGate", "Resolver"), splits=("eval",)),
    NodeSpec("ModelVerdict", ("Trainer", "Decision", "Evaluator")),
    NodeSpec("RowCountGate", ("ExampleGen", "StatisticsGen", "ModelVerdict")),
    NodeSpec(
        "ServingValidator",
        ("ExampleGen", "Transform", "Trainer", "Decision", "Evaluator", "RowCountGate"),
        splits=("eval",),
    ),
    NodeSpec("Pusher", ("StatisticsGen", "Trainer", "Decision", "Evaluator", "ServingValidator"), cached=False),
    NodeSpec(
        "Registrar", ("ExampleGen", "ModelVerdict", "ServingValidator", "Pusher"), key="registry.uri", cached=False
    ),
)
_BY_ID = {spec.id: spec for spec in TABLE}
# The nodes that read the model of Decision, if there is one, in place of that of Trainer.
_DECIDED = ("MonotonicityGate", "Evaluator", "ModelVerdict", "ServingValidator", "Pusher")
# The nodes of every run, whatever is configured.
NODES = tuple(spec.id for spec in TABLE if spec.key is None)


def nodes_of(config: Config) -> tuple[str, ...]:
    """Return the nodes of the configured pipeline, in the order of the data."""
    configured = {
        "[tuning]": config.tuning is not None,
        "model.warm_start": config.model.warm_start,
        "[decision]": config.decision is not None,
        "a monotonic feature": bool(config.monotonic),
        "registry.uri": config.records_on_cluster,
    }
    return tuple(spec.id for spec in TABLE if spec.key is None or configured[spec.key])


def upstream_of(config: Config, node: str) -> tuple[str, ...]:
    """Return the nodes that a node waits for in the configured pipeline, in the order of the data."""
    not_read = {
        ("SchemaGen", "StatisticsGen"): config.schema_.file is not None,
        ("Evaluator", "Resolver"): config.evaluation.baseline == "none",
    }
    not_read |= {(each, "Trainer"): config.decision is not None for each in _DECIDED}
    upstream = _BY_ID[node].upstream
    return tuple(each for each in nodes_of(config) if each in upstream and not not_read.get((node, each), False))


def resolvers_for(nodes: Collection[str]) -> set[str]:
    """Return the nodes that look up the latest blessed model for some of these nodes."""
    return {each for node in nodes for each in _BY_ID[node].upstream if _BY_ID[each].resolves}


def is_cached(node: str) -> bool:
    """Return whether the outputs of a node may come from the cache."""
    return _BY_ID[node].cached


def runs_each_time() -> set[str]:
    """Return the nodes of a compiled pipeline whose result depends on more than their inputs.

    On a cluster no driver looks at the content of the source, so ExampleGen is among them.
    """
    return {"ExampleGen"} | {spec.id for spec in TABLE if spec.resolves or not spec.cached}


def gates() -> set[str]:
    """Return the nodes that only refuse data or a model, or let it pass: a second attempt gives the same answer."""
    return {spec.id for spec in TABLE if spec.id.endswith("Gate")}


def rows_read(node: str, rows: Mapping[str, int]) -> int | None:
    """Return how many rows a node reads or writes; None if it reads no rows or their number is unknown.

    Args:
        node: The node; an unknown one reads no rows.
        rows: The rows of each split.
    """
    spec = _BY_ID.get(node)
    if not rows or spec is None or spec.splits is None:
        return None
    return sum(rows.get(split, 0) for split in spec.splits or rows)


def known_node(config: Config, node: str, what: str = "node") -> str:
    """Return the name of a configured node unchanged.

    Raises:
        ConfigError: The pipeline has no such node.
    """
    nodes = nodes_of(config)
    if node in nodes:
        return node
    if node in _BY_ID:
        key = _BY_ID[node].key
        raise ConfigError(f"{what} {node}", "a node that is configured", f"no {key}", f"set {key}, or name another")
    received = f"{node!r}{did_you_mean(node, nodes)}"
    raise ConfigError(f"{what} {node}", f"one of {', '.join(nodes)}", received, "name a node of the pipeline")
