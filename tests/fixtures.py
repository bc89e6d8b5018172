"""A small configuration with a metadata store of its own, for tests that fill it with runs."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from penstock.config.config import Config
from tests.metadata_store import StoreBuilder, configuration


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Return a configuration that keeps everything in a folder of the test."""
    return configuration(tmp_path)


@pytest.fixture
def builder(config: Config) -> StoreBuilder:
    """Return what writes runs into the configuration's store."""
    return StoreBuilder(config)


@dataclass
class Work:
    """What SQLite did: statements, and hundreds of steps of its virtual machine, which no other process disturbs."""

    statements: int = 0
    steps: int = 0

    def add_step(self) -> None:
        """Count some steps; called by SQLite."""
        self.steps += 1

    def add_statement(self, _: str) -> None:
        """Count a statement; called by SQLite."""
        self.statements += 1


@pytest.fixture
def work_of(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], Work]:
    """Return a function that calls another one and returns the work of the connections that it opened."""
    connect = sqlite3.connect

    def measured(function: Callable[[], object]) -> Work:
        work = Work()

        def watched(*arguments: object, **options: object) -> sqlite3.Connection:
            connection = connect(*arguments, **options)  # type: ignore[call-overload]
            connection.set_progress_handler(work.add_step, 100)
            connection.set_trace_callback(work.add_statement)
            return connection

        with monkeypatch.context() as patched:
            patched.setattr(sqlite3, "connect", watched)
            function()
        return work

    return measured
