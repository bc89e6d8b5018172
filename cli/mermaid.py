"""A version's ancestry as a Mermaid flowchart, in the direction of the data."""

import os

from pipeline.ancestry import BASELINE, Ancestry, Origin

_MOST_FILES = 20
# Mermaid reads its own syntax and HTML even inside quotes; these stand for the characters themselves.
_ESCAPES = str.maketrans({"#": "#35;", "&": "#amp;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "\n": " ", "`": "#96;"})


def flowchart(graph: Ancestry) -> str:
    """Return the text of the flowchart: files, executions and artifacts."""
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
        lines += _files(graph, origin)
    return "\n".join(lines)


def _files(graph: Ancestry, origin: Origin) -> list[str]:
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
