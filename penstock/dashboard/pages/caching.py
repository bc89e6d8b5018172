"""Why a node of a run ran, or had cached results, from what the store recorded of it and of earlier runs.

TFX takes the outputs of an earlier execution if a node has the same inputs and properties; the fingerprint of its code
is one of the properties. A node whose outputs are reused without a look at them, because the run began at a later node
or repeats the last one, is recorded without properties.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from penstock.dashboard.sources import Source
from penstock.metadata.lineage import Node, Run
from penstock.metadata.queries import MetadataRows

_MOST = 6
# Not compared: of a source without spans TFX records these or not.
_NOT_COMPARED = {"span", "version"}
# What TFX calls the digest of the source's files.
_SHOWN = {"input_fingerprint": "files of the source"}

Properties = Mapping[str, Any]


def reasons(source: Source, run: Run) -> dict[str, str]:
    """Return why each node of a run ran or was cached, by its name, in a sentence without a stop."""
    earlier = _before(source.runs.all(), run)
    last = {node.id: found for node in run.nodes if (found := _last(earlier, node))}
    with MetadataRows(source.config.store) as rows:
        executions = [*(node.execution for node in run.nodes), *(node.execution for _, node in last.values())]
        properties = rows.execution_properties(executions)
        types = {
            id: row.type.rpartition(".")[2]
            for id, row in rows.artifacts({id for node in run.nodes for id in node.inputs}).items()
        }
    repeats = all(node.state == "cached" and node.execution not in properties for node in run.nodes)
    return {
        node.id: _cached(node, earlier, properties, repeats=repeats)
        if node.state == "cached"
        else _ran(source, node, last.get(node.id), properties, types)
        for node in run.nodes
    }


def _before(runs: Sequence[Run], run: Run) -> list[Run]:
    place = next((place for place, each in enumerate(runs) if each.id == run.id), len(runs))
    return list(runs[place + 1 :])


def _last(earlier: Sequence[Run], node: Node) -> tuple[Run, Node] | None:
    """Return the last earlier run that has completed a node, by its own work."""
    for run in earlier:
        for each in run.nodes:
            if each.id == node.id and each.state == "ran":
                return run, each
    return None


def _cached(node: Node, earlier: Sequence[Run], properties: Mapping[int, Properties], *, repeats: bool) -> str:
    origin = _origin(node, earlier)
    of = f"run {origin}" if origin else "an earlier run"
    if repeats:
        return f"nothing has changed since the run before, which this one repeats; the outputs are those of {of}"
    if node.execution in properties or node.inputs:
        return f"inputs, settings and code are those of {of}"
    return f"the run began at a later node (--from or resume) and reuses the outputs of {of}"


def _origin(node: Node, earlier: Sequence[Run]) -> str:
    """Return the run whose work the outputs of a cached node are; empty if the node has none, or it is not there."""
    wanted = {artifact.id for artifact in node.outputs}
    for run in earlier:
        for each in run.nodes:
            if each.id == node.id and each.state == "ran" and wanted & {artifact.id for artifact in each.outputs}:
                return run.id
    return ""


def _ran(
    source: Source,
    node: Node,
    before: tuple[Run, Node] | None,
    properties: Mapping[int, Properties],
    types: Mapping[int, str],
) -> str:
    if node.id in source.each_time:
        return "it runs each time, as it looks at what was pushed before"
    if before is None:
        return "no earlier run has completed it"
    run, other = before
    changed = list(_changed(properties.get(other.execution, {}), properties.get(node.execution, {})))
    new = sorted({types.get(id, f"artifact {id}") for id in set(node.inputs) - set(other.inputs)})
    parts = [f"new {_named(new)}"] if new else []
    parts += [f"changed {_named(changed)}"] if changed else []
    if set(other.inputs) - set(node.inputs) and not new:
        parts.append("fewer inputs")
    if parts:
        return f"{', '.join(parts)} since run {run.id}"
    return (
        f"unknown rule: inputs, settings and code are those of run {run.id}; --no-cache, another release of TFX, "
        "and outputs that were removed do that"
    )


def _changed(before: Properties, after: Properties) -> Iterator[str]:
    """Yield the names of the settings that differ, those inside a JSON object too."""
    for name in sorted({*before, *after} - _NOT_COMPARED):
        one, other = before.get(name), after.get(name)
        if one == other:
            continue
        inner = [_object(each) for each in (one, other)]
        if all(each is not None for each in inner):
            yield from _changed(*(each or {} for each in inner))
        else:
            yield _SHOWN.get(name, name)


def _object(value: object) -> Properties | None:
    try:
        found = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _named(names: Sequence[str]) -> str:
    unique = list(dict.fromkeys(names))
    more = len(unique) - _MOST
    return ", ".join(unique[:_MOST]) + (f" and {more} more" if more > 0 else "")
