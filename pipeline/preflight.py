"""The checks before a run: the table, the files and folders of the configuration, the metadata store."""

import sqlite3
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.config.config import Config
from penstock.core.errors import ConfigError, StoreError
from penstock.core.privacy import make_private
from penstock.core.text import did_you_mean
from penstock.schema.file import save_snapshot

if TYPE_CHECKING:
    from penstock.tables.checks import Checked

LOCK_WAIT_SECONDS = 2.0
_KINDS = {"number": "numbers", "list": "lists", "nested": "nested values"}


def check_inputs(config: Config) -> "Checked":
    """Return the rows and columns of the table.

    Raises:
        ConfigError: A configured file does not exist or is not a schema, or `validation.columns` has a column that
            neither the table nor the schema has.
        DataError: The table does not match the configuration.
    """
    in_schema = check_schema(config)
    from penstock.tables.checks import (  # imports DuckDB, which only the process that reads the table needs
        check,
        check_csv,
    )

    checked = check(
        config.input,
        spec=config.feature_spec,
        slices=config.evaluation.slices,
        splits=config.splits,
        loss=config.loss,
        attributes=[name for name in config.fairness.attributes if name not in config.fairness.bins]
        if config.fairness
        else (),
    )
    _check_validated(config, [*(column.name for column in checked.columns), *in_schema])
    _check_attributes(config, {column.name: column.kind for column in checked.columns})
    if config.data.reader == "csv":
        read = [*config.columns, config.data.weight]
        check_csv(config.input, [column for column in checked.columns if column.name in read])
    return checked


def check_cluster(config: Config) -> None:
    """Run a job on the configured Flink or Spark that looks for what the nodes need there; it imports Beam.

    Raises:
        ConfigError: There is no job server, no worker, or one without the same packages, source or folder.
    """
    if config.beam.job_endpoint is None:
        return
    from components.cluster import check_cluster
    from penstock.tables.files.find import find
    from pipeline.definition import beam_arguments

    source = config.input
    place = source.snapshot if source.is_remote else source.source
    files = find(place, source.delimiter, partitions=bool(source.partitions)).paths if place else ()
    check_cluster(config.beam, beam_arguments(config), files, config.artifacts)


def notes_on_cluster(config: Config) -> tuple[str, ...]:
    """Return a note if a cluster runs the code in this process, which no other machine makes faster."""
    if config.beam.job_endpoint is None or config.beam.environment != "loopback":
        return ()
    words = 'beam.environment is "loopback": the workers of the cluster run in the process of this run, on one machine.'
    return (f'{words} For more machines start `penstock workers`, and set "external".',)


def check_schema(config: Config) -> list[str]:
    """Check that the curated schema, if one is configured, exists and parses; return its columns.

    Raises:
        ConfigError: It does not exist, or does not parse; the error names the line.
    """
    if not config.schema_.file:
        return []
    file = config.path(config.schema_.file)
    if not file.is_file():
        raise ConfigError(
            f"schema.file {config.schema_.file}",
            "a schema (schema.pbtxt)",
            "no such file",
            "correct the path, or leave it out",
        )
    from penstock.schema.file import read  # imports protocol buffers, which a run without such a file does not need

    return [feature.name for feature in read(file).feature]


def _check_validated(config: Config, known: Sequence[str]) -> None:
    """Refuse a severity for an unknown column; columns that are not features may have anomalies too."""
    for name in config.validation.columns:
        if name not in known:
            received = f"{name!r}{did_you_mean(name, known)}"
            raise ConfigError("validation.columns", "columns of the table or the schema", received, "correct the name")


def _check_attributes(config: Config, kinds: Mapping[str, str]) -> None:
    """Refuse attributes of fairness that the table does not have, or whose values make no groups."""
    if config.fairness is None:
        return
    for name in config.fairness.attributes:
        what = f"fairness.attributes {name}"
        if name not in kinds:
            received = f"no such column{did_you_mean(name, kinds)}"
            raise ConfigError(what, "a column of the table", received, "correct the name, or keep it in data.query")
        if kinds[name] in ("number", "list", "nested") and name not in config.fairness.bins:
            remedy = f"write the edges of groups, such as bins = {{ {name} = [40] }}, or name another column"
            raise ConfigError(
                what, "a column of text, codes or flags, or edges", f"a column of {_KINDS[kinds[name]]}", remedy
            )
        if kinds[name] in ("text", "bytes", "list", "nested") and name in config.fairness.bins:
            expected, remedy = "a column of numbers", "leave out its edges, or read it as numbers"
            raise ConfigError(
                f"fairness.bins {name}", expected, f"a column of {_KINDS.get(kinds[name], kinds[name])}", remedy
            )


def prepare(config: Config) -> None:
    """Make the folders of a run, and check that they and the metadata store are writable.

    Raises:
        ConfigError: A folder is not writable.
        StoreError: Another process locks the metadata store, or it is not writable.
    """
    folders = {"state.directory": config.state.directory, "push.directory": config.push.directory}
    if config.data.quarantine:
        folders["data.quarantine"] = config.data.quarantine
    for key, folder in folders.items():
        check_writable(key, config.path(folder))
    save_snapshot(config)
    if config.metadata_file:
        check_writable("metadata.uri", config.metadata_file.parent)
        _check_store_writable(config.metadata_file)
    _restrict_permissions(config)


def _restrict_permissions(config: Config) -> None:
    """Remove other users' permissions from files of earlier runs; the umask restricts new ones."""
    state, project = config.path(config.state.directory), config.path(".").resolve()
    contains_project = project.is_relative_to(state.resolve())
    for folder in (config.artifacts,) if contains_project else (state, config.artifacts, config.logs):
        make_private(folder)
    if config.metadata_file:
        make_private(config.metadata_file)


def check_store(config: Config) -> None:
    """Refuse a kind of metadata store that cannot record runs.

    Raises:
        ConfigError: It is such a kind; the error names the others.
    """
    if config.store_uri == "sqlite://":
        raise ConfigError(
            "metadata.uri sqlite://",
            "a store that outlives the run",
            "one in memory, which is for notebooks",
            "write for example sqlite:///state/metadata.sqlite",
        )
    check_server(config)


def check_server(config: Config) -> None:
    """Refuse a server that ML Metadata cannot write all settings of a run to.

    Raises:
        ConfigError: It is PostgreSQL; the error names the others.
    """
    if config.store_uri.startswith("postgresql://"):
        # It escapes a backslash for PostgreSQL twice, and the settings of the Evaluator contain some.
        raise ConfigError(
            "metadata.uri postgresql://",
            "sqlite:///FILE or mysql://... (MySQL or MariaDB)",
            "a PostgreSQL server, to which ML Metadata cannot write a backslash",
            "choose one of the two",
        )


def check_writable(key: str, folder: Path) -> None:
    """Make a folder and check that it is writable.

    Raises:
        ConfigError: It is not writable; the error names the key.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise ConfigError(
            f"{key}: {folder}", "a folder that can be written", error.strerror or str(error), f"change {key}"
        ) from None


def _check_store_writable(file: Path) -> None:
    """Check by a write that is rolled back that the store is writable: SQLite also opens read-only files."""
    try:
        with closing(sqlite3.connect(file, timeout=LOCK_WAIT_SECONDS, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("CREATE TABLE penstock_probe (number)")
            connection.execute("ROLLBACK")
    except sqlite3.DatabaseError as error:
        raise _refusal(file, str(error)) from None


def _refusal(file: Path, reason: str) -> StoreError:
    what = f"metadata store {file}"
    if "locked" in reason:
        wait = "wait for that process to end, or stop it"
        return StoreError(what, "a store that no other process holds", reason, wait)
    if "readonly" in reason or "unable to open" in reason and file.is_file():
        permissions = f"allow writing to it and to {file.parent}, or set metadata.uri to another file"
        return StoreError(what, "an SQLite file that can be written", reason, permissions)
    return StoreError(what, "an SQLite file", reason, "set metadata.uri to another file")
