"""A metadata store on a database server: MariaDB on loopback."""

import pytest

from tests import servers


@pytest.fixture(scope="module")
def uri(tmp_path_factory):
    with servers.mariadb(tmp_path_factory.mktemp("mariadb")) as server:
        yield server.url


@pytest.mark.e2e
def test_a_run_is_recorded_in_mysql_and_read_back(project, uri):
    setting = ("--set", f"metadata.uri='{uri}'")
    first = project.run("run", *setting)
    assert first["state"] == "pushed"
    assert first["rows"]["train"] + first["rows"]["eval"] == 2000
    second = project.run("run", *setting)
    assert set(project.states(second).values()) == {"cached"}
    listed = project.penstock("runs", *setting)
    assert "2 runs of small-taxi" in listed.stdout
    assert "secret" not in listed.stdout + listed.stderr
    assert not (project.folder / "state" / "metadata.sqlite").exists()


@pytest.mark.slow
def test_postgresql_is_refused_before_anything_runs(project):
    done = project.call("run", "--set", "metadata.uri='postgresql://someone:secret@127.0.0.1/meta'")
    assert done.returncode == 2
    assert "sqlite:///FILE or mysql://" in done.stderr
    assert "secret" not in done.stderr
