"""Modules that are imported with others though hardly anyone uses them: loaded when first used instead."""

import importlib.util
import sys
from collections.abc import Iterable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType


class _Deferring(MetaPathFinder):
    """Finds some modules as Python would, and has them load at the first look at one of their names."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = frozenset(names)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path, target) if fullname in self.names else None
        if spec and spec.loader:
            spec.loader = importlib.util.LazyLoader(spec.loader)
        return spec


def defer(names: Iterable[str]) -> None:
    """Have modules that are not imported yet load when they are used; `import` itself goes on to work on them."""
    wanted = frozenset(names)
    if not any(isinstance(finder, _Deferring) and finder.names >= wanted for finder in sys.meta_path):
        sys.meta_path.insert(0, _Deferring(wanted))
