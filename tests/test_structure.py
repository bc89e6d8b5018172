"""The rules of the layout that no linter checks."""

import ast
import re
import statistics
import subprocess
import sys
import tomllib
from collections.abc import Collection, Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

from penstock.core.fingerprint import PACKAGES
from tests.conftest import FAST
from tests.library_names import FENCED, defined_names, internal_names, private_accesses
from tests.sources import nodes_of, tree_of

PROJECT = Path(__file__).resolve().parent.parent
SOURCES = sorted(
    file
    for package in PACKAGES
    for file in (PROJECT / package).rglob("*.py")
    if not any(part.startswith(".") for part in file.relative_to(PROJECT).parts)
)
# With what measures them.
EVERY = [*SOURCES, *sorted((PROJECT / "benchmarks").rglob("*.py"))]
TESTS = sorted((PROJECT / "tests").rglob("test_*.py"))

HEAVY = {"apache_beam", "keras", "tensorflow", "tensorflow_transform", "tfx"}
# What runs inside TFX or needs it; the same list excuses these files from the linter's ban.
HEAVY_FILES = tuple(
    pattern
    for pattern, rules in tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"][
        "per-file-ignores"
    ].items()
    if "TID253" in rules
)
LIGHT = [
    file for file in SOURCES if not any(fnmatch(str(file.relative_to(PROJECT)), pattern) for pattern in HEAVY_FILES)
]
DRAWERS = ("*util*", "*helper*", "*common*", "*misc*")
LONGEST_FILE, USUAL_FILE = 400, 150
LONGEST_FUNCTION, LONG_FUNCTION, USUAL_FUNCTION = 80, 40, 10
LONGEST_DEFINITION = 120
# Up to so many lines a source file may share the test file of another one in its folder.
LONGEST_SHARING = 100

# Source files whose tests are in another file.
MIGRATIONS = "penstock/registry/database/migrations/versions"
TESTED_ELSEWHERE: dict[str, str] = {
    "benchmarks/scoring.py": "tests/benchmarks/test_pipelines.py",
    f"{MIGRATIONS}/revision_0001.py": "tests/penstock/registry/database/test_migrating.py",
    f"{MIGRATIONS}/revision_0002.py": "tests/penstock/registry/database/test_migrating.py",
    "penstock/registry/http/parameters.py": "tests/penstock/registry/http/routes/test_experiments.py",
    "pipeline/runners/local.py": "tests/e2e/test_run.py",
    "pipeline/runners/beam.py": "tests/e2e/test_run.py",
    "pipeline/runners/script.py": "tests/e2e/test_run.py",
    "pipeline/worker.py": "tests/e2e/test_interruption.py",
    "penstock/tables/roles.py": "tests/penstock/tables/test_checks.py",
    "penstock/tables/notes.py": "tests/penstock/tables/test_checks.py",
}


# Tests of many source files at once.
WITHOUT_SOURCE = {"penstock/tables/test_fuzz.py"}


def name_of(file: Path) -> str:
    return str(file.relative_to(PROJECT))


def module_of(file: Path) -> str:
    return ".".join(file.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__")


def source_of(test: Path) -> Path | None:
    """Return the source that a test file names: `test_table.py` and `test_table_batches.py` name `table.py`."""
    words = test.stem.removeprefix("test_").split("_")
    names = ["_".join(words[:count]) for count in range(len(words), 0, -1)]
    places = [PROJECT / test.parent / file for name in names for file in (f"{name}.py", f"__{name}__.py")]
    return next((place for place in places if place.is_file() and place.name != "__init__.py"), None)


def lines_of(file: Path) -> int:
    return len(file.read_text().splitlines())


def functions(file: Path) -> Iterator[tuple[str, int]]:
    """Yield name and length of each function of a file, decorators and docstring left out."""
    for node in nodes_of(file.read_text()):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
            signature = node.body[0].lineno - node.lineno
            yield node.name, (node.end_lineno or node.lineno) - first.lineno + 1 + signature


def python(program: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a program in an empty environment."""
    return subprocess.run([sys.executable, "-B", "-c", program], cwd=folder, env={}, capture_output=True, text=True)


def test_files_are_short():
    lengths = {name_of(file): lines_of(file) for file in EVERY}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}
    assert statistics.median(length for length in lengths.values() if length > 1) <= USUAL_FILE


@pytest.mark.slow
def test_functions_are_short():
    lengths = {f"{name_of(file)}:{name}": length for file in EVERY for name, length in functions(file)}
    limits = {name: LONGEST_DEFINITION if name.endswith(":create_pipeline") else LONGEST_FUNCTION for name in lengths}
    assert {name: length for name, length in lengths.items() if length > limits[name]} == {}
    assert statistics.median(lengths.values()) <= USUAL_FUNCTION
    assert sum(length > LONG_FUNCTION for length in lengths.values()) <= 0.05 * len(lengths)


def test_runners_are_short():
    assert {name_of(file) for file in (PROJECT / "pipeline" / "runners").glob("*.py") if lines_of(file) > 100} == set()


def test_files_have_names_that_describe_their_content():
    names = [name_of(file) for file in [*EVERY, *TESTS]]
    assert [name for name in names if any(fnmatch(Path(name).name, drawer) for drawer in DRAWERS)] == []


def named_modules(file: Path) -> set[str]:
    """Return what a file imports, anywhere in it: modules, and names in modules."""
    found = set()
    for node in nodes_of(file.read_text()):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def is_tested(source: Path, project: Path = PROJECT) -> bool:
    """Return whether a test file has the name of a source or of its folder, or a small one is imported next to it."""
    relative = source.relative_to(project)
    folder = project / "tests" / relative.parent
    stem = relative.stem.strip("_")
    own = [folder / f"test_{stem}.py", *folder.glob(f"test_{stem}_*.py")]
    if any(file.is_file() for file in own):
        return True
    if lines_of(source) > LONGEST_SHARING:
        return False
    module = ".".join(relative.with_suffix("").parts)
    of_folder = folder.with_name(f"test_{folder.name}.py")
    near = [*folder.glob("test_*.py"), *([of_folder] if of_folder.is_file() else [])]
    return any(module in named_modules(file) for file in near)


@pytest.mark.slow
def test_sources_have_a_test_file_that_their_path_names():
    missing = {name_of(file) for file in EVERY if file.name != "__init__.py" and not is_tested(file)}
    assert missing == set(TESTED_ELSEWHERE)
    assert [place for place in TESTED_ELSEWHERE.values() if not (PROJECT / place).is_file()] == []


@pytest.mark.parametrize(
    ("test", "content", "lines", "tested"),
    [
        ("tests/benchmarks/inner/test_gate.py", "", 300, True),
        ("tests/benchmarks/inner/test_gate_limits.py", "", 300, True),
        ("tests/benchmarks/inner/test_other.py", "def test():\n    from benchmarks.inner import gate", 100, True),
        ("tests/benchmarks/test_inner.py", "from benchmarks.inner.gate import close", 100, True),
        ("tests/benchmarks/inner/test_other.py", "from benchmarks.inner import gate", 101, False),
        ("tests/benchmarks/inner/test_other.py", "from benchmarks.inner import other  # gate", 10, False),
        ("tests/benchmarks/inner/test_gates.py", "", 10, False),
        ("tests/benchmarks/test_gate.py", "from benchmarks.inner import gate", 10, False),
        ("tests/penstock/test_gate.py", "from benchmarks.inner import gate", 10, False),
    ],
)
def test_source_is_tested_by_its_name_or_if_small_next_to_it(tmp_path, test, content, lines, tested):
    source = tmp_path / "benchmarks" / "inner" / "gate.py"
    for file, text in ((source, "x = 1\n" * lines), (tmp_path / test, content)):
        file.parent.mkdir(parents=True)
        file.write_text(text)
    assert is_tested(source, tmp_path) == tested


def test_tests_have_a_source_file_that_their_name_begins_with():
    mirrored = [file.relative_to(PROJECT / "tests") for file in TESTS if file.parent.name != "tests"]
    stale = [file for file in mirrored if file.parts[0] in (*PACKAGES, "benchmarks") and not source_of(file)]
    assert {str(file) for file in stale} == WITHOUT_SOURCE


@pytest.mark.slow
def test_tests_have_names_that_are_sentences():
    names = [name for file in TESTS for name, _ in functions(file) if name.startswith("test_")]
    assert [name for name in names if name[-1].isdigit() or name.count("_") < 3] == []


@pytest.mark.slow
def test_light_modules_import_nothing_heavy_and_write_no_files(tmp_path):
    assert LIGHT
    program = f"""
import sys
sys.path.insert(0, {str(PROJECT)!r})
import {", ".join(map(module_of, LIGHT))}
print(*sorted({HEAVY!r} & set(sys.modules)))
"""
    result = python(program, tmp_path)
    assert (result.returncode, result.stdout.strip(), result.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("module", ["pipeline.definition", "pipeline.runners.local"])
def test_import_of_a_heavy_module_writes_no_files(module, tmp_path):
    result = python(f"import sys; sys.path.insert(0, {str(PROJECT)!r}); import {module}", tmp_path)
    assert result.returncode == 0, result.stderr
    assert list(tmp_path.iterdir()) == []


def test_no_fast_test_imports_tensorflow(request):
    """In a run of the fast tests, after all their files were imported; the other tests need TensorFlow."""
    assert f'-m "{FAST}"' in (PROJECT / "Makefile").read_text()
    assert request.config.option.markexpr != FAST or HEAVY & set(sys.modules) == set()


@pytest.mark.slow
def test_no_feature_is_named_in_the_source():
    configuration = tomllib.loads((PROJECT / "pipeline.toml").read_text())
    names = {*configuration["features"], configuration["data"]["label"]}
    found = [
        f"{name_of(file)}:{node.lineno}: {node.value}"
        for file in SOURCES
        for node in nodes_of(file.read_text())
        if isinstance(node, ast.Constant) and node.value in names
    ]
    assert found == []


def test_no_file_of_the_project_has_a_todo():
    marks = re.compile(r"\b(TODO|FIXME|XXX)\b")
    assert [name_of(file) for file in SOURCES if marks.search(file.read_text())] == []


def test_each_component_gives_one_public_name():
    crowded = {}
    for file in (PROJECT / "components").glob("*.py"):
        tree = tree_of(file.read_text())
        components = [
            node.name
            for node in tree.body
            if isinstance(node, ast.FunctionDef) and node.name[0].isupper() and node.decorator_list
        ]
        if len(components) > 1:
            crowded[name_of(file)] = components
    assert crowded == {}


def imports_of(file: Path, modules: Collection[str]) -> set[str]:
    """Return our modules that a file imports, including imports in functions and for types only."""
    found = set()
    for node in nodes_of(file.read_text()):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (inner & set(modules)) or {node.module}
    return (found & set(modules)) - {module_of(file)}


def without_cycles(imports: dict[str, set[str]]) -> dict[str, set[str]]:
    """Return the imports that are part of a cycle."""
    while True:
        imported = set().union(*imports.values()) if imports else set()
        left = {
            module: wanted & imports.keys()
            for module, wanted in imports.items()
            if module in imported and wanted & imports.keys()
        }
        if left == imports:
            return left
        imports = left


@pytest.mark.slow
def test_no_modules_import_each_other_even_within_a_function():
    files = {module_of(file): file for file in SOURCES}
    imports = {module: imports_of(file, files.keys()) for module, file in files.items()}
    assert without_cycles(imports) == {}
    assert without_cycles({"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set()}) == {"b": {"c"}, "c": {"b"}}


# Every source that may import the libraries of TFX, with these exceptions: upstream's template, which is measured, an
# attribute of Google's client, and the steps of Alembic's command `upgrade`, which would run a file `env.py`.
IMPORTERS = [
    file
    for package in (*PACKAGES, "benchmarks")
    for file in (PROJECT / package).rglob("*.py")
    if name_of(file) not in (*FENCED, "benchmarks/template.py")
]
FOREIGN = {"_credentials", "_upgrade_revs"}


@pytest.mark.slow
def test_internals_of_the_libraries_are_used_in_fenced_files_only():
    found = [f"{name_of(file)}:{use}" for file in IMPORTERS for use in internal_names(file.read_text())]
    assert found == []


@pytest.mark.slow
def test_attributes_with_an_underscore_are_our_own():
    own = set().union(FOREIGN, *(defined_names(file.read_text()) for file in IMPORTERS))
    assert [f"{name_of(file)}:{use}" for file in IMPORTERS for use in private_accesses(file.read_text(), own)] == []


@pytest.mark.parametrize(
    "internal_use",
    [
        "from tfx.components.pusher import executor",
        "from tfx.components.pusher.executor import Executor as Base",
        "import tfx.dsl.compiler.compiler",
        "from tfx.components.trainer import component\nprint(component.Executor)",
        "from tfx.orchestration.pipeline import PipelineInfo",
        "def late():\n    from tfx.orchestration.portable import partial_run_utils",
        "from tensorflow_data_validation.statistics import stats_impl",
        "import tensorflow_data_validation as tfdv\ntfdv.statistics.stats_impl.get_generators(None)",
        "from tensorflow_transform import impl_helper",
        "import tensorflow_transform as tft\ntft.beam.analyzer_impls",
        "import tensorflow_model_analysis as tfma\nkey: tfma.metrics.metric_types.MetricKey",
        "from tensorflow_model_analysis.writers import metrics_plots_and_validations_writer",
        "from tfx_bsl.coders.example_coder import ExamplesToRecordBatchDecoder",
        "from keras_tuner.engine import base_tuner",
        "import keras_tuner\nkeras_tuner.Oracle._random_values",
        "from importlib import import_module\nimport_module('tfx.utils.io_utils')",
        "def named(component):\n    return f'tfx.components.{component}.executor'",
    ],
)
def test_use_of_an_internal_name_is_found(internal_use):
    assert len(list(internal_names(internal_use))) == 1


@pytest.mark.parametrize(
    "public",
    [
        "from tfx import types, v1\nprint(types.Channel, v1.dsl.Pipeline)",
        "from tfx.components.trainer.component import Trainer",
        "from tfx.components.trainer import component\nprint(component.Trainer.outputs)",
        "from tfx.proto import example_gen_pb2\nexample_gen_pb2.Output()",
        "import tensorflow_transform.beam as tft_beam\ntft_beam.experimental.PTransformAnalyzer",
        "import tensorflow_model_analysis as tfma\nprint(tfma.metrics.MetricKey, tfma.__version__)",
        "import keras_tuner\nfrom keras_tuner.oracles import HyperbandOracle",
        "import tensorflow as tf\ntf.python.framework._internal",
        "text = 'tfx.components: these are ours'",
    ],
)
def test_use_of_a_public_name_is_allowed(public):
    assert list(internal_names(public)) == []


@pytest.mark.slow
def test_use_of_a_private_attribute_is_found():
    internal_use = (
        "import os\nclass Ours(Theirs):\n    def go(self):\n        self._own = self._log_startup\n        os._exit(1)"
    )
    assert list(private_accesses(internal_use, defined_names(internal_use))) == ["4: _log_startup"]
