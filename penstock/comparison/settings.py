"""The settings and the code of the nodes of two runs, as ML Metadata recorded them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from penstock.metadata.lineage import Run
from penstock.metadata.queries import OUTPUT, MetadataRows
from penstock.metadata.store import Store

# Fingerprints of code are compared by themselves.
_CODE = "code"
# Places, and what another setting repeats or the examples show.
_LEFT_OUT = {
    "cross_slice_thresholds", "per_slice_thresholds", "threshold",
    "@type", "base_directory", "directory", "exclude_splits", "input_base", "input_config", "input_fingerprint",
    "module_path", "output_config", "output_data_format", "output_file_format", "preprocessing_fn", "quarantine",
    "run_fn", "snapshot", "source", "span",
}  # fmt: skip
# Levels that only wrap other settings.
_WRAPPERS = {"custom_config", "value"}

# What an element of a list is called by.
_NAMES = ("name", "metric", "kind", "slice", "attribute")

Settings = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Setting:
    """A setting of a node that differs; None where a run does not have it."""

    node: str
    name: str
    one: Any
    other: Any


@dataclass(frozen=True)
class Changes:
    """What differs between the nodes of two runs.

    Attributes:
        settings: The settings, each for the first node that has it.
        code: The nodes whose code differs.
    """

    settings: tuple[Setting, ...]
    code: tuple[str, ...]


def changes(one: Settings, other: Settings) -> Changes:
    """Return what differs between the settings of nodes that both runs have."""
    found: dict[tuple[str, str, str], Setting] = {}
    code = []
    for node in (node for node in one if node in other):
        pair = one[node], other[node]
        for name in dict.fromkeys((*pair[0], *pair[1])):
            values = [each.get(name) for each in pair]
            if values[0] == values[1]:
                continue
            if name.rpartition(".")[2] == _CODE:
                code.append(node)
            else:
                found.setdefault((name, *map(repr, values)), Setting(node, name, *values))  # type: ignore[arg-type]
    return Changes(tuple(found.values()), tuple(dict.fromkeys(code)))


def settings_of(store: Store, run: Run) -> Settings:
    """Return the settings of each node of a run by name; those of a cached node are in the run that made its outputs.

    Raises:
        StoreError: The store cannot be read.
    """
    outputs = {artifact.id: node.id for node in run.nodes for artifact in node.outputs}
    with MetadataRows(store) as rows:
        makers: dict[str, int] = {}
        for event in rows.events_of_artifacts(outputs):
            if event.type == OUTPUT:
                makers.setdefault(outputs[event.artifact], event.execution)
        executions = {node.id: makers.get(node.id, node.execution) for node in run.nodes}
        properties = rows.execution_properties(executions.values())
    return {node: dict(flattened(properties.get(number, {}))) for node, number in executions.items()}


def flattened(values: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each value of nested settings with its dotted name; texts that are JSON are nested settings too."""
    values = _parsed(values)
    if isinstance(values, Mapping):
        for key, value in values.items():
            if key not in _LEFT_OUT:
                yield from flattened(value, name if key in _WRAPPERS else f"{name}.{key}" if name else str(key))
    elif isinstance(values, list) and any(isinstance(_parsed(each), Mapping) for each in values):
        for number, value in enumerate(values):
            yield from flattened(value, f"{name}.{_key(value, number)}")
    else:
        yield name, values


def _parsed(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _key(value: Any, number: int) -> str:
    """Return the name of an element of a list, if it has one, or its number."""
    named = _parsed(value)
    names = [str(named[key]) for key in _NAMES if named.get(key)] if isinstance(named, Mapping) else []
    return " ".join(names) or str(number)
