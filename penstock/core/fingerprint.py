"""Fingerprints of code: part of a node's cache key, so that an edit re-runs only the nodes that use the edited file."""

import ast
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PACKAGES = ("components", "modules", "penstock", "pipeline")


def fingerprint(module: str, project: Path = PROJECT) -> str:
    """Return a digest over the source of a module and of every module of this project that it imports, transitively.

    Args:
        module: Dotted name, such as `modules.training`.
        project: The folder that holds the packages.

    Returns:
        16 hexadecimal digits.

    Raises:
        LookupError: There is no such module; a digest of no source would never change.
    """
    sources = closure(module, project)
    if module not in sources:
        raise LookupError(f"no module {module} in {project}")
    digest = hashlib.sha256()
    for name, file in sorted(sources.items()):
        digest.update(f"{name}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def closure(module: str, project: Path = PROJECT) -> dict[str, Path]:
    """Return the files of a module and of each module of ours that it imports, directly or not, by their names."""
    sources: dict[str, Path] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        file = _file(name, project)
        if file is None or name in sources:
            continue
        sources[name] = file
        waiting.extend(_imports(file.read_bytes()))
    return sources


def _file(name: str, project: Path) -> Path | None:
    if name.split(".")[0] not in PACKAGES:
        return None
    stem = project.joinpath(*name.split("."))
    return next((file for file in (stem.with_suffix(".py"), stem / "__init__.py") if file.is_file()), None)


@cache
def _imports(source: bytes) -> tuple[str, ...]:
    """Return the names that a source imports; cached, because the nodes of a pipeline share most of their sources."""
    names: list[str] = []
    for node in _statements(ast.parse(source).body):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            # What is imported may be a module or a name in one: try both.
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return tuple(names)


def _statements(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield all statements, nested ones included; expressions are skipped, because they cannot import."""
    for node in body:
        yield node
        for part in ("body", "orelse", "finalbody", "handlers", "cases"):
            inner = getattr(node, part, ())
            # The body of a lambda or of a conditional expression is an expression.
            yield from _statements(inner if isinstance(inner, list) else ())
