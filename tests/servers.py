"""Database servers for the tests, each in a new folder and on a free port of loopback."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from glob import glob
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from filelock import FileLock

from tests.ports import own_port

# Every character that has a meaning in a URL.
PASSWORD = "s3cr:t/@?#%&"


@dataclass(frozen=True)
class Server:
    """The address of a server and its user."""

    scheme: str
    port: int
    database: str
    password: str = PASSWORD
    user: str = "penstock"
    restart: Callable[[], None] | None = field(default=None, repr=False, compare=False)

    @property
    def address(self) -> str:
        return f"{self.user}@127.0.0.1:{self.port}/{self.database}"

    @property
    def shown(self) -> str:
        return f"{self.scheme}://{self.address}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.user}:{quote(self.password, safe='')}@127.0.0.1:{self.port}/{self.database}"

    def execute(self, *statements: str) -> list[tuple]:
        """Run statements on PostgreSQL as its owner; return the rows of the last."""
        place = {"host": "127.0.0.1", "port": self.port, "dbname": self.database}
        with psycopg.connect(**place, user=self.user, password=self.password, autocommit=True) as connection:
            for statement in statements:
                found = connection.execute(statement)
            return found.fetchall() if found.description else []

    def cut(self) -> None:
        """End every other connection to PostgreSQL."""
        others = "backend_type = 'client backend' AND pid <> pg_backend_pid()"
        assert self.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")


def installed(package: str, find: Callable[[], str | None]) -> str:
    """Return the result of `find`, after installing Debian's package as root if needed; else the test is skipped."""
    # One of the processes that the tests run in installs, and the others wait until it is done.
    with FileLock(Path(tempfile.gettempdir()) / "penstock-packages.lock"):
        if not find() and os.geteuid() == 0 and shutil.which("apt-get"):
            install = f"apt-get update -q; apt-get install -yq {package}"
            subprocess.run(install, shell=True, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    return find() or pytest.skip(f"{package} is not installed here, and cannot be")


@contextmanager
def postgresql() -> Iterator[Server]:
    """A PostgreSQL server that requires a password; root runs it as another user."""
    programs = installed("postgresql", lambda: max(glob("/usr/lib/postgresql/*/bin"), default=None))
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    folder = Path(tempfile.mkdtemp())  # pytest's own folders are closed to other users
    secret = folder / "password"
    secret.write_text(PASSWORD)
    if as_user:
        for path in (folder, secret):
            shutil.chown(path, "postgres")

    def call(program: str, *arguments: str) -> None:
        command = [*as_user, os.path.join(programs, program), "-D", str(folder / "data"), *arguments]
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL, timeout=600)

    server = Server("postgresql", own_port(), "postgres")
    call("initdb", "-A", "scram-sha-256", "-U", server.user, f"--pwfile={secret}", "--no-sync")
    options = f"-p {server.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    call("pg_ctl", "-o", options, "-l", str(folder / "log"), "-w", "start")
    try:
        restart = partial(call, "pg_ctl", "-o", options, "-l", str(folder / "log"), "-m", "immediate", "-w", "restart")
        yield replace(server, restart=restart)
    finally:
        call("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(folder)


@contextmanager
def mariadb(folder: Path) -> Iterator[Server]:
    """A MariaDB server with an empty database `meta`."""
    # Debian keeps the server's program among those of the system.
    program = installed("mariadb-server", lambda: shutil.which("mariadbd", path=f"{os.environ['PATH']}:/usr/sbin"))
    user = ["--user=root"] if os.geteuid() == 0 else []
    data = f"--datadir={folder}/data"
    subprocess.run(
        ["mariadb-install-db", "--no-defaults", data, "--auth-root-authentication-method=normal", *user],
        check=True,
        capture_output=True,
    )
    server = Server("mysql", own_port(), "meta", password="secret")
    process = subprocess.Popen(
        [
            *(program, "--no-defaults", *user, data, f"--socket={folder}/socket"),
            *(f"--port={server.port}", "--bind-address=127.0.0.1", f"--log-error={folder}/log"),
        ]
    )
    statements = (
        f"CREATE DATABASE meta; CREATE USER penstock@'127.0.0.1' IDENTIFIED BY '{server.password}';"
        "GRANT ALL ON meta.* TO penstock@'127.0.0.1';"
    )
    client = ["mariadb", "--no-defaults", "-uroot", f"--socket={folder}/socket", "-e", statements]
    try:
        for _ in range(1500):
            if subprocess.run(client, capture_output=True, check=False).returncode == 0:
                break
            time.sleep(0.2)
        else:
            raise AssertionError((folder / "log").read_text())
        yield server
    finally:
        process.terminate()
        process.wait(300)
