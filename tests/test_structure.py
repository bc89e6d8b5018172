"""The rules of the layout that no linter states."""

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
from tests.library_names import FENCED, defined_names, internal_names, private_accesses

PROJECT = Path(__file__).resolve().parent.parent
SOURCES = sorted(
    file
    for package in PACKAGES
    for file in (PROJECT / package).rglob("*.py")
    if not any(part.startswith(".") for part in file.relative_to(PROJECT).parts)
)
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

# Source files whose tests stand elsewhere, with the place.
TESTED_ELSEWHERE: dict[str, str] = {
    "pipeline/runners/local.py": "tests/e2e/test_run.py",
    "pipeline/runners/beam.py": "tests/e2e/test_run.py",
    "pipeline/runners/script.py": "tests/e2e/test_run.py",
    "penstock/core/interruption.py": "tests/pipeline/test_session.py",
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
    places = [PROJECT / test.parent / f"{name}.py" for name in names]
    return next((place for place in places if place.is_file()), None)


def lines_of(file: Path) -> int:
    return len(file.read_text().splitlines())


def functions(file: Path) -> Iterator[tuple[str, int]]:
    """Yield name and length of each function of a file, decorators and docstring left out."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
            signature = node.body[0].lineno - node.lineno
            yield node.name, (node.end_lineno or node.lineno) - first.lineno + 1 + signature


def python(program: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a program in an empty environment."""
    return subprocess.run([sys.executable, "-B", "-c", program], cwd=folder, env={}, capture_output=True, text=True)


def test_files_are_short():
    lengths = {name_of(file): lines_of(file) for file in SOURCES}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}
    assert statistics.median(length for length in lengths.values() if length > 1) <= USUAL_FILE


def test_functions_are_short():
    lengths = {f"{name_of(file)}:{name}": length for file in SOURCES for name, length in functions(file)}
    limits = {name: LONGEST_DEFINITION if name.endswith(":create_pipeline") else LONGEST_FUNCTION for name in lengths}
    assert {name: length for name, length in lengths.items() if length > limits[name]} == {}
    assert statistics.median(lengths.values()) <= USUAL_FUNCTION
    assert sum(length > LONG_FUNCTION for length in lengths.values()) <= 0.05 * len(lengths)


def test_runners_are_short():
    assert {name_of(file) for file in (PROJECT / "pipeline" / "runners").glob("*.py") if lines_of(file) > 100} == set()


def test_files_have_names_that_say_what_they_hold():
    names = [name_of(file) for file in [*SOURCES, *TESTS]]
    assert [name for name in names if any(fnmatch(Path(name).name, drawer) for drawer in DRAWERS)] == []


def test_sources_have_a_test_file_that_begins_with_their_name():
    missing = []
    for file in SOURCES:
        relative = file.relative_to(PROJECT)
        folder = PROJECT / "tests" / relative.parent
        mirrored = (folder / f"test_{relative.name}").is_file() or any(folder.glob(f"test_{relative.stem}_*.py"))
        elsewhere = TESTED_ELSEWHERE.get(str(relative))
        if relative.name != "__init__.py" and not mirrored and not (elsewhere and (PROJECT / elsewhere).is_file()):
            missing.append(str(relative))
    assert missing == []


def test_tests_have_a_source_file_that_their_name_begins_with():
    mirrored = [file.relative_to(PROJECT / "tests") for file in TESTS if file.parent.name != "tests"]
    stale = [file for file in mirrored if file.parts[0] in PACKAGES and not source_of(file)]
    assert {str(file) for file in stale} == WITHOUT_SOURCE


def test_tests_have_names_that_are_sentences():
    names = [name for file in TESTS for name, _ in functions(file) if name.startswith("test_")]
    assert [name for name in names if name[-1].isdigit() or name.count("_") < 3] == []


def test_light_modules_import_nothing_heavy_and_leave_nothing_behind(tmp_path):
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
def test_heavy_module_imported_leaves_nothing_behind(module, tmp_path):
    result = python(f"import sys; sys.path.insert(0, {str(PROJECT)!r}); import {module}", tmp_path)
    assert result.returncode == 0, result.stderr
    assert list(tmp_path.iterdir()) == []


def test_no_feature_is_named_in_the_source():
    configuration = tomllib.loads((PROJECT / "pipeline.toml").read_text())
    names = {*configuration["features"], configuration["data"]["label"]}
    found = [
        f"{name_of(file)}:{node.lineno}: {node.value}"
        for file in SOURCES
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and node.value in names
    ]
    assert found == []


def test_no_file_of_the_project_holds_work_left_undone():
    marks = re.compile(r"\b(TODO|FIXME|XXX)\b")
    assert [name_of(file) for file in SOURCES if marks.search(file.read_text())] == []


def test_each_component_gives_one_public_name():
    crowded = {}
    for file in (PROJECT / "components").glob("*.py"):
        tree = ast.parse(file.read_text())
        components = [
            node.name
            for node in tree.body
            if isinstance(node, ast.FunctionDef) and node.name[0].isupper() and node.decorator_list
        ]
        if len(components) > 1:
            crowded[name_of(file)] = components
    assert crowded == {}


def imports_of(file: Path, modules: Collection[str]) -> set[str]:
    """Return the modules of ours that a file imports, also within functions and for types alone."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (inner & set(modules)) or {node.module}
    return (found & set(modules)) - {module_of(file)}


def without_cycles(imports: dict[str, set[str]]) -> dict[str, set[str]]:
    """Return what is left of the imports when modules that import nothing left, or that nothing left imports, go."""
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


def test_no_modules_import_each_other_not_even_within_a_function():
    files = {module_of(file): file for file in SOURCES}
    imports = {module: imports_of(file, files.keys()) for module, file in files.items()}
    assert without_cycles(imports) == {}
    assert without_cycles({"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set()}) == {"b": {"c"}, "c": {"b"}}


# Every source that may import the libraries of TFX, and what else there is: upstream's template, which is measured,
# and an attribute of Google's client.
IMPORTERS = [
    file
    for package in (*PACKAGES, "benchmarks")
    for file in (PROJECT / package).rglob("*.py")
    if name_of(file) not in (*FENCED, "benchmarks/template.py")
]
GOOGLE = {"_credentials"}


def test_internals_of_the_libraries_are_used_in_two_files_alone():
    found = [f"{name_of(file)}:{use}" for file in IMPORTERS for use in internal_names(file.read_text())]
    assert found == []


def test_attributes_with_an_underscore_are_our_own():
    own = set().union(GOOGLE, *(defined_names(file.read_text()) for file in IMPORTERS))
    assert [f"{name_of(file)}:{use}" for file in IMPORTERS for use in private_accesses(file.read_text(), own)] == []


@pytest.mark.parametrize(
    "planted",
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
def test_internal_name_that_is_planted_is_found(planted):
    assert len(list(internal_names(planted))) == 1


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
def test_public_name_of_a_library_is_left_alone(public):
    assert list(internal_names(public)) == []


def test_private_attribute_that_is_planted_is_found():
    planted = (
        "import os\nclass Ours(Theirs):\n    def go(self):\n        self._own = self._log_startup\n        os._exit(1)"
    )
    assert list(private_accesses(planted, defined_names(planted))) == ["4: _log_startup"]
