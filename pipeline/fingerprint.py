"""Fingerprints of code: what a node runs is part of its cache key, so that an edited line re-runs just that node."""

import ast
import hashlib
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
PACKAGES = ("components", "modules", "pipeline", "tables")


def fingerprint(module: str, project: Path = PROJECT) -> str:
    """Return a digest over the source of a module and of each module of ours that it imports, directly or not.

    Args:
        module: Dotted name, such as `modules.training`.
        project: The folder that holds the packages.

    Raises:
        LookupError: There is no such module; a digest over nothing would never change.
    """
    sources = _closure(module, project)
    if module not in sources:
        raise LookupError(f"no module {module} in {project}")
    digest = hashlib.sha256()
    for name, file in sorted(sources.items()):
        digest.update(f"{name}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _closure(module: str, project: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        file = _file(name, project)
        if file is None or name in found:
            continue
        found[name] = file
        waiting.extend(_imports(file))
    return found


def _file(name: str, project: Path) -> Path | None:
    if name.split(".")[0] not in PACKAGES:
        return None
    stem = project.joinpath(*name.split("."))
    return next((file for file in (stem.with_suffix(".py"), stem / "__init__.py") if file.is_file()), None)


def _imports(file: Path) -> list[str]:
    names: list[str] = []
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            # What is imported may be a module or a name in one: try both.
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return names
