import subprocess
import sys

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from penstock.core.errors import StoreError
from penstock.registry.client import DatabaseClient
from penstock.registry.database import migrating
from penstock.registry.database.tables import Base

_MIGRATIONS = migrating.Path(migrating.__file__).parent / "migrations"


def test_newest_migration_is_the_revision_of_the_code():
    assert ScriptDirectory(str(_MIGRATIONS)).get_current_head() == migrating.REVISION


def test_migrations_make_the_tables_of_the_mappings(registry):
    with registry.database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


@pytest.mark.slow
def test_eight_processes_that_start_at_once_migrate_once(uri):
    program = (
        "import sys; from penstock.registry.client import DatabaseClient; "
        "sys.stdin.readline(); DatabaseClient(sys.argv[1], actor=sys.argv[2]).create_project('taxi')"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", program, uri, str(number)], stdin=subprocess.PIPE, text=True)
        for number in range(8)
    ]
    for process in started:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in started:
        process.communicate(timeout=600)
    assert [process.returncode for process in started] == [0] * 8
    with DatabaseClient(uri) as registry:
        assert [project.name for project in registry.projects().items] == ["taxi"]
        assert len(registry.events().items) == 1
        with registry.database.reading() as connection:
            assert connection.execute(sa.text("SELECT count(*) FROM head")).scalar() == 1


def test_registry_of_a_newer_release_is_refused_and_unchanged(registry, uri):
    with registry.database.writing() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="expected tables of revision 0001 or older, received revision 9999"):
        DatabaseClient(uri)


def test_migration_that_fails_leaves_an_empty_database(uri, monkeypatch):
    def upgrade(connection):
        connection.execute(sa.text("CREATE TABLE half (id INTEGER)"))
        connection.execute(sa.text("SELECT * FROM nothing"))

    monkeypatch.setattr(migrating, "upgrade", upgrade)
    with pytest.raises(StoreError):
        DatabaseClient(uri)
    monkeypatch.undo()
    with DatabaseClient(uri) as registry, registry.database.reading() as connection:
        assert "half" not in sa.inspect(connection).get_table_names()
