"""Prevents PyArrow from running code that it reads from a file (CVE-2023-47248).

PyArrow before 14.0.1 unpickles what a column of the type `arrow.py_extension_type` carries in the metadata of a
Parquet, Feather or IPC file, and a pickle can run anything; TFX 1.16 needs PyArrow 10. The package `pyarrow-hotfix`
disables that type. It is applied when PyArrow is first imported: importing PyArrow just to apply it would double the
start-up time of the commands that do not use it. The PyArrow of TFX 1.21 has a switch for the type, which is off: the
column is read as it is stored.
"""

import importlib
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

_ARROW, _HOTFIX = "pyarrow", "pyarrow_hotfix"


class _Guard:
    """Finds PyArrow by the usual path, and applies the hotfix after the import."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != _ARROW:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            loader: Any = spec.loader
            execute = loader.exec_module

            def guarded(module: ModuleType) -> None:
                execute(module)
                _guard(module)

            loader.exec_module = guarded
        return spec


def guard_arrow() -> None:
    """Apply the hotfix to PyArrow now if it is imported, or else at its first import."""
    if _ARROW in sys.modules:
        _guard(sys.modules[_ARROW])
    elif not any(isinstance(finder, _Guard) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Guard())


def _guard(arrow: Any) -> None:
    """Apply the hotfix, which must be installed, to a PyArrow that has no switch of its own for the type."""
    if hasattr(arrow, "PyExtensionType") and not hasattr(arrow.PyExtensionType, "set_auto_load"):
        importlib.import_module(_HOTFIX)
