"""A version's ancestry as a tree of text, 80 columns wide, and what its rows were made of."""

import textwrap

from cli.columns import WIDTH, columns, moment, place
from pipeline.ancestry import BASELINE, Ancestry, Origin

_MOST_FILES = 20


def tree(graph: Ancestry) -> list[str]:
    """Return the lines: the version, the way back from it, and the files at its beginning."""
    pushed = graph.maker(graph.pushed)
    lines = [
        f"Version {graph.version} of {graph.pipeline}, pushed {moment(pushed.started + pushed.seconds)}",
        f"Folder: {place(str(graph.directory))}{'' if graph.directory.is_dir() else ' (not there any more)'}",
        "",
        *columns([["Artifact", "Made by", "In run"], *_branch(graph, graph.pushed, set(), prefix="")]),
    ]
    for origin in graph.origins:
        lines += ["", *_origin(origin)]
    return lines


def _branch(graph: Ancestry, artifact: int, seen: set[int], *, prefix: str) -> list[list[str]]:
    """Return a row for the artifact and one for each that it came from; what stands above is not told again."""
    step = graph.maker(artifact) if artifact in graph.makers else None
    name = f"{graph.artifacts[artifact].key} {artifact}"
    rows = [[f"{prefix}{name}", step.node if step else "from outside", step.run if step else ""]]
    seen.add(artifact)
    # The oldest first: what the others came from stands above them.
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
        f"Source: {place(origin.source or 'unknown')}",
        *([f"Table: {origin.table}"] if origin.table else []),
        *textwrap.wrap(f"Query: {query}", WIDTH, subsequent_indent="       ", break_long_words=False),
        f"Digest: {'sha256 ' + origin.digest if origin.digest else 'unknown'}",
        *_files(origin),
    ]


def _files(origin: Origin) -> list[str]:
    if origin.files is None:
        return ["Files: unknown"]
    if not origin.files:
        return []  # the rows of a database are in none
    lines = [f"Files: {len(origin.files):,}"]
    for file in origin.files[:_MOST_FILES]:
        lines += [f"  {place(file['path'])}, {file['bytes']:,} bytes", f"  sha256 {file['sha256']}"]
    if len(origin.files) > _MOST_FILES:
        lines.append(f"  and {len(origin.files) - _MOST_FILES:,} more: --json lists all")
    return lines
