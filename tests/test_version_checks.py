"""Code that asks which version of a package or of Python there is; only the fenced files may work by the answer.

Two stacks are supported, TFX 1.16 and TFX 1.21. Where no call works on both, the difference is in a fenced file.
"""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from penstock.core.fingerprint import PACKAGES
from tests.library_names import FENCED as OF_TFX
from tests.library_names import dotted_name, imported_names
from tests.sources import nodes_of

PROJECT = Path(__file__).resolve().parent.parent
# PyArrow's fence, which the library needs below the two of TFX's libraries.
FENCED = (*OF_TFX, "penstock/core/arrow_guard.py")
# They report versions, whatever they read them by.
REPORTING = ("penstock/core/packages.py", "pipeline/doctor.py")
# What else asks, and for what.
ALLOWED = {
    # Results say what was measured.
    "benchmarks/results.py": {"importlib.metadata.version", "platform.python_version"},
    # It measures the stack that this process does not run on.
    "benchmarks/stacks.py": {"sys.version_info"},
    # They look for files of a package, which they do not import.
    "benchmarks/template.py": {"importlib.util.find_spec"},
    "pipeline/cli/serve_copies.py": {"importlib.util.find_spec"},
    "scripts/prepare_data.py": {"importlib.util.find_spec"},
    # The workers of a cluster must have the versions of the run, whichever these are.
    "components/cluster.py": {
        "importlib.metadata",
        "importlib.metadata.PackageNotFoundError",
        "importlib.metadata.version",
        "platform.python_version_tuple",
    },
    # Its results say which TFMA wrote them, as TFMA's own do.
    "modules/metrics/in_process.py": {"tensorflow_model_analysis.__version__"},
    # What is recorded of a run says what ran it.
    "penstock/registry/recording/experiment.py": {"platform.python_version"},
    # They say that the driver of a database is missing.
    "penstock/core/urls.py": {"except ImportError"},
    "penstock/metadata/connection.py": {"except ImportError"},
    # They say that the client of the service is missing.
    "pipeline/submission/kubeflow.py": {"except ImportError"},
    "pipeline/submission/vertex_calls.py": {"except ImportError"},
    # A server says which version it is of.
    "penstock/server/process/starting.py": {"importlib.metadata.version"},
    "penstock/server/rpc/services.py": {"importlib.metadata", "importlib.metadata.version"},
    # A parameter of protobuf has another name in each stack.
    "penstock/server/rest/describing.py": {"inspect.signature"},
    # LightGBM 3 takes an objective of ours as the argument `fobj`, LightGBM 4 as a parameter.
    "modules/families/trees/objectives.py": {"inspect.signature"},
    # `penstock --version`.
    "pipeline/cli/app.py": {"importlib.metadata.version"},
    # The key of a run has every version in it.
    "pipeline/repeat.py": {"importlib.metadata.version"},
}
ASKING = (
    "importlib.metadata",
    "importlib.util.find_spec",
    "importlib_metadata",
    "inspect.getfullargspec",
    "inspect.signature",
    "packaging",
    "pkg_resources",
    "pkgutil.find_loader",
    "platform.python_version",
    "platform.python_version_tuple",
    "sys.hexversion",
    "sys.implementation",
    "sys.version",
    "sys.version_info",
    "tensorflow.version",
)
ATTRIBUTES = ("__version__", "__version_info__", "VERSION_STRING")


def version_checks(source: str) -> Iterator[str]:
    """Yield what a source asks for the version of something by, or for whether a package has something."""
    aliases = dict(imported_names(source))
    inner = {id(node.value) for node in nodes_of(source) if isinstance(node, ast.Attribute)}
    for node in nodes_of(source):
        if isinstance(node, ast.ImportFrom):
            yield from filter(_asks, (f"{node.module}.{alias.name}" for alias in node.names))
        elif isinstance(node, ast.Import):
            yield from filter(_asks, (alias.name for alias in node.names))
        elif isinstance(node, ast.Attribute) and id(node) not in inner:
            if _asks(name := dotted_name(node, aliases) or node.attr):
                yield name
        elif isinstance(node, ast.Name) and node.id == "hasattr":
            yield "hasattr"
        elif isinstance(node, ast.Try):
            yield from (f"except {name}" for name in _caught_imports(node))


def _asks(name: str) -> bool:
    return name.rpartition(".")[2] in ATTRIBUTES or any(name == each or name.startswith(f"{each}.") for each in ASKING)


def _caught_imports(node: ast.Try) -> Iterator[str]:
    imports = any(isinstance(inner, ast.Import | ast.ImportFrom) for part in node.body for inner in ast.walk(part))
    for handler in node.handlers:
        names = {each.id for each in ast.walk(handler.type or ast.Tuple([])) if isinstance(each, ast.Name)}
        yield from sorted(names & {"ImportError", "ModuleNotFoundError", *(["AttributeError"] if imports else [])})


def sources() -> Iterator[tuple[str, str]]:
    """Yield the name and the code of each source, script and notebook."""
    for folder in (*PACKAGES, "benchmarks", "scripts"):
        for file in sorted((PROJECT / folder).rglob("*.py")):
            yield str(file.relative_to(PROJECT)), file.read_text()
    for file in sorted((PROJECT / "notebooks").glob("*.ipynb")):
        cells = [cell for cell in json.loads(file.read_text())["cells"] if cell["cell_type"] == "code"]
        yield str(file.relative_to(PROJECT)), "\n".join("".join(cell["source"]) for cell in cells)


@pytest.mark.slow
def test_only_the_fenced_files_ask_for_a_version_and_work_by_it():
    found = {name: set(version_checks(code)) for name, code in sources() if name not in (*FENCED, *REPORTING)}
    assert {name: asked for name, asked in found.items() if asked} == ALLOWED


def test_files_that_may_ask_exist():
    assert {*FENCED, *REPORTING, *ALLOWED} <= {name for name, _ in sources()}


@pytest.mark.parametrize(
    "planted",
    [
        "import sys\nif sys.version_info >= (3, 12):\n    pass",
        "from sys import version_info",
        "import sys as s\nprint(s.version)",
        "import platform\nplatform.python_version()",
        "import numpy as np\nif np.__version__ >= '2':\n    pass",
        "from numpy import __version__",
        "def late():\n    import tensorflow as tf\n    return tf.version.VERSION",
        "import tensorflow_model_analysis as tfma\ntfma.VERSION_STRING",
        "from importlib.metadata import version",
        "from importlib import metadata",
        "import importlib.metadata",
        "from packaging.version import Version",
        "from packaging import version",
        "import pkg_resources",
        "import inspect\ninspect.signature(print)",
        "from inspect import signature",
        "from importlib.util import find_spec",
        "import lightgbm\nhasattr(lightgbm, 'train')",
        "try:\n    import a\nexcept ImportError:\n    a = None",
        "try:\n    import a\nexcept (ValueError, ModuleNotFoundError):\n    a = None",
        "try:\n    from a import b\n    b.c\nexcept AttributeError:\n    b = None",
    ],
)
def test_planted_check_of_a_version_is_found(planted):
    assert set(version_checks(planted))


@pytest.mark.parametrize(
    "code",
    [
        "import sys\nsys.version_infos, sys.path",
        "from importlib import import_module",
        "import inspect\ninspect.getdoc(print)",
        "try:\n    x.y\nexcept AttributeError:\n    pass",
        "version = 1\nprint(version)",
        "from penstock.core.documents.document import VERSION",
    ],
)
def test_code_that_asks_for_no_version_is_allowed(code):
    assert list(version_checks(code)) == []
