"""A metadata store on a database server: a real MariaDB, started here on loopback."""

import os
import shutil
import socket
import subprocess
import time

import pytest

URI = "mysql://penstock:secret@127.0.0.1:{port}/meta"


def server() -> str | None:
    """Return the server's program, which Debian keeps among those of the system."""
    return shutil.which("mariadbd", path=f"{os.environ['PATH']}:/usr/sbin")


def installed() -> bool:
    if not server() and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(
            "apt-get update -q; apt-get install -yq mariadb-server", shell=True, capture_output=True, check=False
        )
    return bool(server())


@pytest.fixture(scope="module")
def uri(tmp_path_factory):
    if not installed():
        pytest.skip("MariaDB is not installed here, and cannot be")
    folder = tmp_path_factory.mktemp("mariadb")
    user = ["--user=root"] if os.geteuid() == 0 else []
    subprocess.run(
        [
            "mariadb-install-db",
            "--no-defaults",
            f"--datadir={folder}/data",
            "--auth-root-authentication-method=normal",
            *user,
        ],
        check=True,
        capture_output=True,
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [
            *(server(), "--no-defaults", *user, f"--datadir={folder}/data", f"--socket={folder}/socket"),
            *(f"--port={port}", "--bind-address=127.0.0.1", f"--log-error={folder}/log"),
        ]
    )
    statements = (
        "CREATE DATABASE meta; CREATE USER penstock@'127.0.0.1' IDENTIFIED BY 'secret';"
        "GRANT ALL ON meta.* TO penstock@'127.0.0.1';"
    )
    try:
        for _ in range(100):
            client = ["mariadb", "--no-defaults", "-uroot", f"--socket={folder}/socket", "-e", statements]
            if subprocess.run(client, capture_output=True, check=False).returncode == 0:
                break
            time.sleep(0.2)
        else:
            raise AssertionError((folder / "log").read_text())
        yield URI.format(port=port)
    finally:
        process.terminate()
        process.wait(30)


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


def test_postgresql_is_refused_before_anything_runs(project):
    done = project.penstock("run", "--set", "metadata.uri='postgresql://someone:secret@127.0.0.1/meta'")
    assert done.returncode == 2
    assert "sqlite:///FILE or mysql://" in done.stderr
    assert "secret" not in done.stderr
