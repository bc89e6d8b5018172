"""The key of a run and what it depends on. Tests of complete runs cover the repeat itself."""

import ast
import functools
import re
import shutil
import sqlite3
import sys
from importlib.metadata import packages_distributions

import pytest

from penstock.config.config import Baseline
from penstock.core.errors import DataError
from penstock.core.fingerprint import PACKAGES as OURS
from penstock.core.fingerprint import PROJECT, closure
from pipeline.plan import RunOptions
from pipeline.repeat import MODULES, PACKAGES, key, note_start
from pipeline.snapshots import snapshot
from tests.file_limit import file_limit
from tests.metadata_store import configuration
from tests.pipeline.sessions import write_table
from tests.pipeline.test_snapshots import SETTINGS, fill
from tests.servers import PASSWORD
from tests.sources import nodes_of

# They log, lock, validate settings, transfer bytes, record runs, or belong to the command: none changes a result.
WITHOUT_EFFECT = {
    "absl",
    "alembic",
    "filelock",
    "google",
    "google_crc32c",
    "grpc",
    "grpc_health",
    "grpc_reflection",
    "httpx",
    "isal",
    "ml_metadata",
    "opentelemetry",
    "packaging",
    "psutil",
    "pydantic",
    "pydantic_settings",
    "requests",
    "sqlalchemy",
    "uvicorn",
    "zstandard",
}
ROWS = [(float(number), number % 2) for number in range(20)]


@pytest.fixture
def key_of(tmp_path):
    def of(*settings):
        with snapshot(configuration(tmp_path, *SETTINGS, *settings)) as config:
            return key(config)

    fill(tmp_path, ROWS)
    return of


@pytest.mark.slow
def test_key_depends_on_the_rows_of_a_database_and_on_the_query(tmp_path, key_of):
    before = key_of()
    fill(tmp_path, ROWS[::-1])
    assert key_of() == before
    assert key_of("data.split.eval=0.2") != before
    with sqlite3.connect(tmp_path / "rows.db") as connection:
        connection.execute("UPDATE trips SET miles = 7.5 WHERE miles = 7")
    connection.close()
    assert key_of() != before


@pytest.mark.slow
def test_key_does_not_depend_on_the_source_of_the_password(postgresql, tmp_path, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    postgresql.execute("CREATE TABLE keyed AS SELECT 1.5::float8 AS miles, 1 AS tip")
    try:
        keys = []
        for url in (postgresql.url, postgresql.shown):
            with snapshot(configuration(tmp_path, f"data.source={url}", "data.table=keyed")) as config:
                keys.append(key(config))
    finally:
        postgresql.execute("DROP TABLE keyed")
    assert keys[0] == keys[1]


def test_key_that_cannot_be_written_is_one_sentence_and_leaves_nothing(tmp_path):
    config = configuration(tmp_path)
    with pytest.raises(DataError) as caught, file_limit(10):
        note_start(config, RunOptions("20260101-000001"), "key" * 20)
    assert str(caught.value).startswith(
        f"the folder {tmp_path / 'state' / 'keys'}: expected free space for what is written"
    )
    assert list((tmp_path / "state" / "keys").iterdir()) == []


def imported(file):
    """Yield the packages that a file imports, also within functions."""
    for node in nodes_of(file.read_text()):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


def computing_packages(project=PROJECT):
    """Return the packages that the code in the key of a whole run imports, ours and Python's left out."""
    files = {file for module in MODULES for file in closure(module, project).values()}
    return {name for file in files for name in imported(file)} - set(OURS) - set(sys.stdlib_module_names)


# It reads the files of all distributions, which takes a second.
distributions_of = functools.cache(packages_distributions)


def missing_packages(project=PROJECT):
    """Return the packages that the nodes compute with and whose versions are not in the key."""
    distributions = distributions_of()
    plain = {name: {re.sub("[-_.]+", "-", each).lower() for each in found} for name, found in distributions.items()}
    return {name for name in computing_packages(project) - WITHOUT_EFFECT if not plain.get(name, set()) & set(PACKAGES)}


@pytest.mark.slow
def test_key_contains_each_package_that_the_nodes_compute_with():
    assert computing_packages() >= WITHOUT_EFFECT
    assert missing_packages() == set()


@pytest.mark.slow
@pytest.mark.parametrize("package", ["jinja2", "a_package_that_is_not_installed"])
def test_package_that_a_node_starts_to_compute_with_is_missing_from_the_key(tmp_path, package):
    for folder in OURS:
        shutil.copytree(PROJECT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    with (tmp_path / "components" / "pusher.py").open("a") as edited:
        edited.write(f"\n\ndef planted():\n    import {package}\n")
    assert missing_packages(tmp_path) == {package}


@pytest.mark.slow
@pytest.mark.parametrize("package", ["lightgbm", "tensorflow-data-validation"])
def test_another_version_of_a_package_changes_the_key(tmp_path, key_of, monkeypatch, package):
    before = key_of()
    other = tmp_path / "site" / f"{package.replace('-', '_')}-999.0.dist-info"
    other.mkdir(parents=True)
    (other / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 999.0\n")
    monkeypatch.syspath_prepend(other.parent)
    assert key_of() != before


@pytest.mark.slow
def test_key_depends_on_the_baseline_and_not_on_where_runs_are_recorded(tmp_path):
    write_table(tmp_path)
    config = configuration(tmp_path)
    elsewhere = configuration(tmp_path, "registry.uri=https://ada:hunter2@host", "registry.promote=blessed")
    assert key(elsewhere) == key(config)
    keys = {key(config.with_baseline(Baseline("models/1", digest))) for digest in ("1" * 64, "2" * 64)}
    assert len(keys | {key(config)}) == 3
