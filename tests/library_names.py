"""The public names of TFX and its libraries, and the uses of other names in a source."""

import ast
import inspect
import re
import sys
from collections.abc import Collection, Iterator
from functools import cache, reduce
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.sources import nodes_of

LIBRARIES = (
    "keras_tuner",
    "tensorflow_data_validation",
    "tensorflow_model_analysis",
    "tensorflow_transform",
    "tfx",
    "tfx_bsl",
)
# The only files that may use other names, of these libraries and of TensorFlow.
FENCED = ("components/tfx_internals.py", "modules/tfma_internals.py", "penstock/server/models/tf_internals.py")

# Modules whose names are public, those with an underscore excepted; a module that is not listed is internal.
PUBLIC_MODULES = {
    "keras_tuner",
    "keras_tuner.errors",
    "keras_tuner.oracles",
    "tensorflow_data_validation",
    "tensorflow_model_analysis",
    "tensorflow_model_analysis.extractors",
    "tensorflow_model_analysis.metrics",
    "tensorflow_model_analysis.proto",
    "tensorflow_model_analysis.utils",
    "tensorflow_transform",
    "tensorflow_transform.beam",
    "tensorflow_transform.beam.experimental",
    "tensorflow_transform.experimental",
    "tfx.dsl.component.experimental.annotations",
    "tfx.dsl.component.experimental.decorators",
    "tfx.dsl.components.base.base_beam_component",
    "tfx.dsl.components.base.base_beam_executor",
    "tfx.dsl.components.base.base_component",
    "tfx.dsl.components.base.base_executor",
    "tfx.dsl.components.base.base_node",
    "tfx.dsl.components.base.executor_spec",
    "tfx.dsl.io.fileio",
    "tfx.proto",
    "tfx.types",
    "tfx.types.artifact",
    "tfx.types.artifact_utils",
    "tfx.types.channel",
    "tfx.types.component_spec",
    "tfx.types.standard_artifacts",
    "tfx.types.standard_component_specs",
    "tfx.v1",
    "tfx_bsl.public",
}
# Packages of which each module is public.
PUBLIC_PACKAGES = ("tensorflow_model_analysis.proto", "tfx.proto", "tfx.v1", "tfx_bsl.public")
# Modules that define a name of `tfx.v1`, which itself imports every component, and the module of `tfx.v1` that has it.
OF_V1 = {
    "tfx.components.evaluator.component": ("components", "Evaluator"),
    "tfx.components.infra_validator.component": ("components", "InfraValidator"),
    "tfx.components.schema_gen.import_schema_gen.component": ("components", "ImportSchemaGen"),
    "tfx.components.statistics_gen.component": ("components", "StatisticsGen"),
    "tfx.components.trainer.component": ("components", "Trainer"),
    "tfx.components.transform.component": ("components", "Transform"),
    "tfx.components.tuner.component": ("components", "Tuner", "TunerFnResult"),
    "tfx.dsl.components.common.resolver": ("dsl", "Resolver"),
    "tfx.dsl.input_resolution.strategies.latest_artifact_strategy": ("dsl.experimental", "LatestArtifactStrategy"),
    "tfx.dsl.input_resolution.strategies.latest_blessed_model_strategy": (
        "dsl.experimental",
        "LatestBlessedModelStrategy",
    ),
    "tfx.orchestration.pipeline": ("dsl", "Pipeline"),
}

_PRIVATE = re.compile(r"_(?!_)\w*$")
_DOTTED = re.compile(rf"({'|'.join(LIBRARIES)})(\.\w+)+\.?$")
# Public names of the standard library that begin with an underscore.
_NAMEDTUPLE = {"_asdict", "_fields", "_make", "_replace"}


def internal_names(source: str) -> Iterator[str]:
    """Yield the internal names of the libraries that a source imports, reads through a module or names in a string."""
    aliases = {alias: name for alias, name in imported_names(source) if name.split(".")[0] in LIBRARIES}
    inner = {id(node.value) for node in nodes_of(source) if isinstance(node, ast.Attribute)}
    for node in nodes_of(source):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Attribute) and id(node) not in inner:
            names = [chain] if (chain := dotted_name(node, aliases)) else []
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _DOTTED.match(node.value):
            names = [node.value.rstrip(".")]
        yield from (f"{node.lineno}: {name}" for name in names if is_internal(name))


def private_accesses(source: str, own: Collection[str]) -> Iterator[str]:
    """Yield the attributes with an underscore that a source reads and that no source of ours defines."""
    modules = {alias for alias, name in imported_names(source) if name.split(".")[0] not in LIBRARIES}
    for node in nodes_of(source):
        if not isinstance(node, ast.Attribute) or not _PRIVATE.match(node.attr) or node.attr in {*own, *_NAMEDTUPLE}:
            continue
        if not (isinstance(node.value, ast.Name) and node.value.id in modules):
            yield f"{node.lineno}: {node.attr}"


def defined_names(source: str) -> set[str]:
    """Return the names that a source defines: functions, classes, variables and attributes that are assigned."""
    found = set()
    for node in nodes_of(source):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Attribute | ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.attr if isinstance(node, ast.Attribute) else node.id)
    return found


@cache
def is_internal(name: str) -> bool:
    """Return whether a dotted name is an internal name of the libraries."""
    parts = name.split(".")
    if parts[0] not in LIBRARIES:
        return False
    module, rest = _module_of(parts)
    if any(map(_PRIVATE.match, parts)):
        return True
    if module in OF_V1:
        return bool(rest) and rest[0] not in OF_V1[module][1:]
    return module not in PUBLIC_MODULES and not module.startswith(tuple(f"{each}." for each in PUBLIC_PACKAGES))


def resolved(name: str) -> Any:
    """Return the object that a dotted name of a library refers to.

    Raises:
        AssertionError: There is no such name.
    """
    module, rest = _module_of(name.split("."))
    try:
        return reduce(getattr, rest, import_module(module))
    except (AttributeError, ImportError) as error:
        raise AssertionError(f"{name} does not exist: {error}") from error


def require_parameters(name: str, parameters: str) -> None:
    """Check that a function of a library takes these parameters, named with spaces between them.

    Raises:
        AssertionError: It takes others, or there is no such function.
    """
    found = " ".join(inspect.signature(resolved(name)).parameters)
    assert found == parameters, f"{name} takes ({found}), not ({parameters})"


def overridden(classes: Iterator[type], ours: Collection[str]) -> Iterator[str]:
    """Yield the private methods of the libraries' classes that classes of ours define again.

    Args:
        classes: Classes of ours.
        ours: The names of our packages.
    """
    for each in classes:
        theirs = {
            name
            for base in each.__mro__
            if base.__module__.split(".")[0] not in {*ours, *sys.stdlib_module_names}
            for name in vars(base)
        }
        # What a decorator of TFX's puts into the class that it makes is no function but data.
        private = [name for name, value in vars(each).items() if _PRIVATE.match(name) and inspect.isfunction(value)]
        yield from (f"{each.__module__}.{each.__name__}.{name}" for name in private if name in theirs)


def classes_of(package: str, project: Path) -> Iterator[type]:
    """Yield the classes that the modules of a package define; each is imported."""
    for file in sorted((project / package).rglob("*.py")):
        name = ".".join(file.relative_to(project).with_suffix("").parts).removesuffix(".__init__")
        if str(file.relative_to(project)) in FENCED:
            continue
        for value in vars(import_module(name)).values():
            if isinstance(value, type) and value.__module__ == name:
                yield value


def _module_of(parts: list[str]) -> tuple[str, list[str]]:
    """Split a dotted name into its module, which is looked up on the disk without an import, and the rest."""
    folder = _folder(parts[0])
    for place in range(1, len(parts)):
        if (folder / parts[place]).is_dir():
            folder /= parts[place]
        elif any(folder.glob(f"{parts[place]}.*")):
            return ".".join(parts[: place + 1]), parts[place + 1 :]
        else:
            return ".".join(parts[:place]), parts[place:]
    return ".".join(parts), []


@cache
def _folder(library: str) -> Path:
    spec = find_spec(library)
    assert spec is not None, f"{library} is not installed"
    assert spec.origin is not None, library
    return Path(spec.origin).parent


def imported_names(source: str) -> Iterator[tuple[str, str]]:
    """Yield the names that a source imports, as it knows them, each with its full name."""
    for node in nodes_of(source):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield (alias.asname, alias.name) if alias.asname else (alias.name.split(".")[0],) * 2
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def dotted_name(node: ast.expr, aliases: dict[str, str]) -> str | None:
    """Return the dotted name that attributes of an imported name spell out."""
    if isinstance(node, ast.Attribute):
        start = dotted_name(node.value, aliases)
        return f"{start}.{node.attr}" if start else None
    return aliases.get(node.id) if isinstance(node, ast.Name) else None
