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
from penstock.registry.database.engine import Database
from penstock.registry.database.tables import Base
from penstock.registry.lists import Slice
from tests.registry_rows import pushed

_RELEASED = sorted((migrating.Path(__file__).parent / "released").glob("*.sql"))
_MIGRATIONS = migrating.Path(migrating.__file__).parent / "migrations"


def test_newest_migration_is_the_revision_of_the_code():
    assert ScriptDirectory(str(_MIGRATIONS)).get_current_head() == migrating.REVISION


def test_migrations_make_the_tables_of_the_mappings(registry):
    with registry.database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_each_released_schema_but_the_newest_has_rows_to_migrate():
    revisions = {script.revision for script in ScriptDirectory(str(_MIGRATIONS)).walk_revisions()}
    assert {file.stem for file in _RELEASED} == revisions - {migrating.REVISION}


@pytest.mark.parametrize("released", _RELEASED, ids=lambda file: file.stem)
def test_rows_of_a_released_schema_are_migrated_to_the_newest(released, uri):
    _write(released, uri)
    with DatabaseClient(uri, actor="bob") as registry:
        with registry.database.reading() as connection:
            assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
            assert connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalars().all() == [
                migrating.REVISION
            ]
        assert registry.faults() == []
        model = registry.model_named("taxi", "tips")
        assert [each.run for each in registry.experiments(Slice(archived=True)).items] == ["run-1", "run-2", "run-3"]
        assert registry.experiment(1).evaluations["test"] == {"auc": 0.88}
        assert [each.stage for each in registry.versions(model.id, Slice(archived=True)).items] == [
            "active",
            "archived",
        ]
        assert registry.alias(model.id, "default").version == 1
        assert [each.name for each in registry.tokens().items] == ["ci"]
        before = len(registry.events().items)
        assert pushed(registry, model.id, 4).id == 3
        assert len(registry.events().items) == before + 2
        assert registry.faults() == []


def _write(released, uri):
    """Make the tables of a released schema, with its rows."""
    database = Database(uri)
    with database.writing() as connection:
        migrating.upgrade(connection, released.stem)
        is_server = connection.dialect.name == "postgresql"
        if is_server:
            connection.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")
        for line in released.read_text().splitlines()[1:]:
            connection.exec_driver_sql(line)
        for table in ("projects", "models", "experiments", "versions", "tokens") if is_server else ():
            connection.exec_driver_sql(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))")
    database.close()


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
    with pytest.raises(StoreError, match=f"of revision {migrating.REVISION} or older, received revision 9999"):
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
