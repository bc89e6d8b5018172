"""The lineage of a version, as a tree of text 80 columns wide and as a Mermaid flowchart."""

import os
import textwrap

from penstock.metadata.ancestry import BASELINE, Ancestry, Origin
from pipeline.cli.text.columns import WIDTH, columns, moment, shortest_path

_MOST_FILES = 20
# Mermaid interprets its own syntax and HTML inside quotes, so these characters are escaped.
_ESCAPES = str.maketrans({"#": "#35;", "&": "#amp;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "\n": " ", "`": "#96;"})


def tree(graph: Ancestry) -> list[str]:
    """Return the lineage as lines: the version, the artifacts that it was made from, and their source files."""
    pushed = graph.maker(graph.pushed)
    lines = [
        f"Version {graph.version} of {graph.pipeline}, pushed {moment(pushed.started + pushed.seconds)}",
        f"Folder: {shortest_path(str(graph.directory))}{'' if graph.directory.is_dir() else ' (deleted)'}",
        "",
        *columns([["Artifact", "Made by", "In run"], *_branch(graph, graph.pushed, set(), prefix="")]),
    ]
    for origin in graph.origins:
        lines += ["", *_origin(origin)]
    return lines


def _branch(graph: Ancestry, artifact: int, seen: set[int], *, prefix: str) -> list[list[str]]:
    """Return a row for the artifact and the rows of its inputs; an artifact listed above is not expanded again."""
    step = graph.maker(artifact) if artifact in graph.makers else None
    name = f"{graph.artifacts[artifact].key} {artifact}"
    rows = [[f"{prefix}{name}", step.node if step else "from outside", step.run if step else ""]]
    seen.add(artifact)
    # The oldest first, so that inputs are listed above the artifacts that were made from them.
    inputs = sorted(step.inputs) if step else []
    stem = prefix.replace("├── ", "│   ").replace("└── ", "    ")
    for position, (source, key) in enumerate(inputs, start=1):
        branch = stem + ("└── " if position == len(inputs) else "├── ")
        if key == BASELINE:
            rows.append([f"{branch}{key} {source}", "compared with", ""])
        elif source in seen:
            rows.append([f"{branch}{graph.artifacts[source].key} {source}", "see above", ""])
        else:
            rows += _branch(graph, source, seen, prefix=branch)
    return rows


def _origin(origin: Origin) -> list[str]:
    count = "unknown"
    if origin.rows:
        splits = ", ".join(f"{name} {rows:,}" for name, rows in origin.rows.items() if name != "source")
        count = f"{origin.rows['source']:,} ({splits})" if "source" in origin.rows else splits
    query = "none" if origin.query == "" else origin.query or "unknown"
    return [
        f"Rows of examples {origin.artifact}: {count}",
        f"Source: {shortest_path(origin.source or 'unknown')}",
        *([f"Table: {origin.table}"] if origin.table else []),
        *textwrap.wrap(f"Query: {query}", WIDTH, subsequent_indent="       ", break_long_words=False),
        f"Digest: {'sha256 ' + origin.digest if origin.digest else 'unknown'}",
        *_files(origin),
    ]


def _files(origin: Origin) -> list[str]:
    if origin.files is None:
        return ["Files: unknown"]
    if not origin.files:
        return []  # a database has no files
    lines = [f"Files: {len(origin.files):,}"]
    for file in origin.files[:_MOST_FILES]:
        lines += [f"  {shortest_path(file['path'])}, {file['bytes']:,} bytes", f"  sha256 {file['sha256']}"]
    if len(origin.files) > _MOST_FILES:
        lines.append(f"  and {len(origin.files) - _MOST_FILES:,} more: --json lists all")
    return lines


def flowchart(graph: Ancestry) -> str:
    """Return the lineage as a flowchart of files, executions and artifacts."""
    lines = ["flowchart LR"]
    for artifact in graph.artifacts.values():
        version = f"version {graph.version}" if artifact.id == graph.pushed else f"artifact {artifact.id}"
        lines.append(f"  a{artifact.id}({_label(artifact.key, artifact.type, version)})")
    for step in graph.steps.values():
        lines.append(f"  e{step.id}[{_label(step.node, f'execution {step.id}', f'run {step.run}')}]")
    for step in graph.steps.values():
        lines += [f"  a{id} {'-.->' if key == BASELINE else '-->'} e{step.id}" for id, key in step.inputs]
    lines += [f"  e{execution} --> a{artifact}" for artifact, execution in graph.makers.items()]
    for origin in graph.origins:
        lines += _file_nodes(graph, origin)
    return "\n".join(lines)


def _file_nodes(graph: Ancestry, origin: Origin) -> list[str]:
    maker = graph.makers.get(origin.artifact)
    target = f"a{origin.artifact}" if maker is None else f"e{maker}"
    labels = [
        _label(os.path.basename(file["path"]), f"{file['bytes']:,} bytes", f"sha256 {file['sha256'][:16]}…")
        for file in (origin.files or ())[:_MOST_FILES]
    ]
    if not origin.files:
        parts = (origin.source or "files unknown", origin.table, origin.digest and f"sha256 {origin.digest[:16]}…")
        labels = [_label(*(part for part in parts if part))]
    elif len(origin.files) > _MOST_FILES:
        labels.append(_label(f"and {len(origin.files) - _MOST_FILES:,} more files"))
    lines = []
    for position, label in enumerate(labels):
        name = f"f{origin.artifact}_{position}"
        lines += [f"  {name}[({label})]", f"  {name} --> {target}"]
    return lines


def _label(*parts: str) -> str:
    return '"' + "<br/>".join(part.translate(_ESCAPES) for part in parts) + '"'
