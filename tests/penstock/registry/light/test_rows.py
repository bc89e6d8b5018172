"""A file is opened if its tables are those of this release; nothing is made or changed."""

import os
import sqlite3
import stat

import pytest

from penstock.registry.client import DatabaseClient
from penstock.registry.database.statements import Statement
from penstock.registry.light.rows import Rows, open_rows


@pytest.fixture
def file(tmp_path):
    with DatabaseClient(f"sqlite:///{tmp_path}/registry.sqlite", actor="ann") as registry:
        registry.create_model(registry.create_project("taxi").id, "tips")
    return tmp_path / "registry.sqlite"


def test_values_are_those_of_the_documents(file):
    rows = open_rows(file)
    event = rows.one(Statement("SELECT * FROM events"))
    assert event["document"] == {"name": "taxi"}
    assert event["at"].utcoffset().total_seconds() == 0
    assert rows.one(Statement("SELECT * FROM versions")) is None
    rows.close()


def test_block_reads_one_state_while_another_process_writes(file):
    rows = open_rows(file)
    with rows.reading():
        assert len(rows.all(Statement("SELECT * FROM projects"))) == 1
        with DatabaseClient(f"sqlite:///{file}") as other:
            other.create_project("rides")
        assert len(rows.all(Statement("SELECT * FROM projects"))) == 1
    assert len(rows.all(Statement("SELECT * FROM projects"))) == 2
    rows.close()


@pytest.mark.parametrize("content", [b"", b"no database " * 1000])
def test_file_that_is_no_registry_is_not_opened_and_unchanged(content, tmp_path):
    file = tmp_path / "other"
    file.write_bytes(content)
    assert open_rows(file) is None
    assert file.read_bytes() == content


def test_file_of_another_revision_is_not_opened(file):
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    assert open_rows(file) is None


def test_file_that_does_not_exist_is_not_made(tmp_path):
    assert open_rows(tmp_path / "none.sqlite") is None
    assert list(tmp_path.iterdir()) == []


def test_name_with_characters_of_a_url_is_opened_and_made_private(file, tmp_path):
    other = tmp_path / "a?mode=memory#%41 ä.sqlite"
    other.write_bytes(file.read_bytes())
    os.chmod(other, 0o644)
    rows = Rows(other)
    assert rows.revision() is not None
    assert stat.S_IMODE(other.stat().st_mode) == 0o600
    rows.close()
