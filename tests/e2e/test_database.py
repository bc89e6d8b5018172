"""A complete run from PostgreSQL: pushed, cached by content, recorded with its digest and without the password."""

import json
from urllib.parse import quote

import duckdb
import psycopg
import pytest

from tests.servers import PASSWORD

pytestmark = pytest.mark.e2e

QUERY = """SELECT fare, trip_seconds, trip_start_hour, payment_type, tips > 0.2 * fare AS big_tipper FROM rides"""


@pytest.fixture
def rides(postgresql, project):
    """Put the project's rows into a table, and configure the project to read them from there."""
    rows = duckdb.sql(
        f"SELECT fare, trip_seconds, trip_start_hour, payment_type, tips FROM '{project.folder}/trips.csv'"
    ).fetchall()
    kinds = "fare float8, trip_seconds int, trip_start_hour int, payment_type text, tips numeric(8, 2)"
    postgresql.execute("DROP TABLE IF EXISTS rides", f"CREATE TABLE rides ({kinds})")
    with (
        psycopg.connect(postgresql.url) as connection,
        connection.cursor() as cursor,
        cursor.copy("COPY rides FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)
    text = (project.folder / "pipeline.toml").read_text()
    source = postgresql.shown.replace("penstock@", "penstock:${TAXI_PASSWORD}@")
    text = text.replace('source = "trips.csv"', f'source = "{source}"')
    text = "".join(f"query = {QUERY!r}\n" if line.startswith("query") else f"{line}\n" for line in text.splitlines())
    (project.folder / "pipeline.toml").write_text(text)
    (project.folder / "trips.csv").unlink()
    project.environment["TAXI_PASSWORD"] = PASSWORD
    yield postgresql
    postgresql.execute("DROP TABLE rides")


def shuffle(server):
    server.execute(
        "CREATE TABLE shuffled AS SELECT * FROM rides ORDER BY random()",
        "DROP TABLE rides",
        "ALTER TABLE shuffled RENAME TO rides",
    )


def test_rows_of_postgresql_become_a_pushed_model_that_names_them(project, rides):
    first = project.run("run")
    assert first["state"] == "pushed", first
    assert sum(first["rows"].values()) == 2000

    # The same rows in another order are the same content, for the complete run and for ExampleGen.
    shuffle(rides)
    assert set(project.states(project.run("run")).values()) == {"cached"}
    assert project.states(project.run("run", "--to", "ExampleGen"))["ExampleGen"] == "cached"
    rides.execute("UPDATE rides SET fare = fare + 1 WHERE ctid = (SELECT ctid FROM rides LIMIT 1)")
    assert project.states(project.run("run", "--to", "ExampleGen"))["ExampleGen"] == "ran"

    [origin] = json.loads(project.penstock("lineage", "--json").stdout)["origins"]
    assert (origin["source"], origin["query"], origin["files"]) == (rides.shown, QUERY, [])
    assert len(origin["digest"]) == 64
    assert origin["rows"] == {"source": 2000, **first["rows"]}
    tree = project.penstock("lineage").stdout
    assert f"Source: {rides.shown}" in tree
    assert f"Digest: sha256 {origin['digest']}" in tree

    result = project.penstock("run", "--to", "ExampleGen")
    assert result.stdout.startswith(f"Reading the query over {rides.shown}\n")
    left = [file for file in project.folder.rglob("*") if file.is_file()]
    assert not [file for file in left if file.name.endswith("rows.parquet")]
    for secret in (PASSWORD.encode(), quote(PASSWORD, safe="").encode()):
        assert [file for file in left if secret in file.read_bytes()] == []
        assert secret.decode() not in str(first) + tree + result.stdout + result.stderr
