"""PyArrow runs no code that it reads, in any process of the project."""

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from penstock.serving.batch.rows import open_rows
from penstock.serving.model.document import Document, Input
from penstock.tables.files.reading import parquet_names
from penstock.tables.values.conversion import TYPED
from penstock.tables.values.interpretation import ColumnFormat
from pipeline.preflight import check_inputs
from tests.malicious_arrow import KINDS, write_files
from tests.metadata_store import configuration
from tests.pipeline.cli.command import penstock

# Together they take more than three seconds.
pytestmark = pytest.mark.slow

PROJECT = Path(__file__).resolve().parents[3]
READ = """
import sys
{first}
import pyarrow as pa, pyarrow.parquet as pq
{second}
for stem in sys.argv[1:]:
    for read in (
        lambda: pq.read_table(stem + ".parquet"),
        lambda: pq.read_schema(stem + ".parquet"),
        lambda: pa.ipc.open_file(stem + ".arrow").read_all(),
    ):
        try:
            read()
            print("read")
        except Exception as error:
            print(type(error).__name__, str(error).splitlines()[0])
"""
# PyArrow 18 (TFX 1.21) does not load the type unless it is switched on; PyArrow 10 (TFX 1.16) has no such switch.
HAS_SWITCH = hasattr(pa.PyExtensionType, "set_auto_load")
REFUSED = "RuntimeError Disallowed deserialization of 'arrow.py_extension_type':"
# A light module of each package.
MODULES = (
    "benchmarks.page",
    "pipeline.cli.main",
    "components.model_verdict",
    "modules.families.problem",
    "penstock.serving.batch.rows",
    "penstock.tables.source",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("planted")
    write_files(made, made / "witness")
    return made


@pytest.fixture
def witness(folder):
    """The file that the payload would create."""
    file = folder / "witness"
    file.unlink(missing_ok=True)
    yield file
    file.unlink(missing_ok=True)


def read(folder, *kinds, first="", second=""):
    """Return the output of a process that reads planted files."""
    program = READ.format(first=first, second=second)
    command = [sys.executable, "-c", program, *(str(folder / kind) for kind in kinds)]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True).stdout.splitlines()


@pytest.mark.parametrize("kind", KINDS)
def test_planted_files_run_their_payload_where_nothing_guards_an_arrow_without_a_switch(folder, witness, kind):
    assert len(read(folder, kind)) == 3
    assert witness.exists() is not HAS_SWITCH


def test_planted_files_run_nothing_whatever_is_nested(folder, witness):
    said = read(folder, *KINDS, first="import pipeline")
    assert not witness.exists()
    assert said == ["read" if HAS_SWITCH else REFUSED] * 3 * len(KINDS)


@pytest.mark.skipif(HAS_SWITCH, reason="this PyArrow needs no hotfix")
def test_arrow_that_needs_the_hotfix_cannot_be_imported_without_it():
    program = "import sys, penstock; sys.modules['pyarrow_hotfix'] = None; import pyarrow"
    ended = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True)
    assert ended.returncode == 1
    assert "pyarrow_hotfix" in ended.stderr.splitlines()[-1]


@pytest.mark.parametrize("module", MODULES)
def test_import_of_any_package_installs_the_guard(folder, witness, module):
    assert len(read(folder, "plain", first=f"import {module}")) == 3
    assert not witness.exists()


def test_arrow_that_was_imported_before_is_guarded_too(folder, witness):
    assert len(read(folder, "plain", second="import penstock.core.errors")) == 3
    assert not witness.exists()


def test_guard_imports_no_arrow_by_itself():
    program = (
        "import sys, pipeline, pipeline.cli.main; print(*[name for name in sys.modules if name.startswith('pyarrow')])"
    )
    printed = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert printed.stdout.strip() == ""


@pytest.mark.parametrize("kind", KINDS)
def test_init_runs_no_payload_and_describes_a_column_by_its_stored_type(folder, witness, tmp_path, kind):
    result = penstock(tmp_path, "init", str(folder / f"{kind}.parquet"), "--label", "paid")
    assert not witness.exists()
    assert (result.returncode, result.stderr) == (0, "")
    assert "planted" in result.stdout


def test_check_of_a_run_runs_no_payload_and_takes_the_stored_values(folder, witness, tmp_path):
    settings = [f"data.source={folder}/plain.parquet", "data.label=paid"]
    settings += ["features.planted=numeric"]
    checked = check_inputs(configuration(tmp_path, *settings))
    assert {"planted": "number"}.items() <= {column.name: column.kind for column in checked.columns}.items()
    assert not witness.exists()


@pytest.mark.parametrize("kind", KINDS)
def test_rows_to_score_run_no_payload_and_are_the_stored_values(folder, witness, kind):
    column = ColumnFormat("planted", TYPED, "BIGINT")
    document = Document((Input("planted", "planted", column, "planted", "numeric"),))
    with open_rows(folder / f"{kind}.parquet", document, reader="version 1") as rows:
        [batch] = rows.batches(100)
    assert (*rows.names, batch.rows.num_rows) == ("planted", "miles", "paid", 60)
    assert not witness.exists()


@pytest.mark.parametrize("kind", KINDS)
def test_names_of_columns_run_no_payload(folder, witness, kind):
    assert parquet_names(folder / f"{kind}.parquet") == ["planted", "miles", "paid"]
    assert not witness.exists()
