"""A real MLflow server with its database in a new folder, on a free port of loopback; its packages are its own."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.environments import python_with
from tests.ports import own_port

PROJECT = Path(__file__).resolve().parents[1]
LOCK = PROJECT / "tests" / "mlflow" / "requirements.lock"
USER, PASSWORD = "admin", "a long, secret word: %"


@dataclass(frozen=True)
class MlflowServer:
    """A server, and MLflow's own client of it."""

    url: str
    python: Path

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which it lets a client in."""
        return {"MLFLOW_TRACKING_USERNAME": USER, "MLFLOW_TRACKING_PASSWORD": PASSWORD}

    def client(self, program: str) -> Any:
        """Run a program with `client`, an MlflowClient, in scope; return what it puts into `result`."""
        start = "import json, mlflow\nmlflow.set_tracking_uri({url!r})\nclient = mlflow.MlflowClient()\n"
        whole = f"{start.format(url=self.url)}{program}\nprint(json.dumps(result))"
        environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **self.environment}
        done = subprocess.run([self.python, "-c", whole], capture_output=True, text=True, env=environment, timeout=300)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])


@contextmanager
def mlflow_server(folder: Path, *options: str) -> Iterator[MlflowServer]:
    """Start a server with users, a database and stored artifacts in a folder; it ends with the block."""
    python = python_with("mlflow", LOCK)
    server = MlflowServer(f"http://127.0.0.1:{own_port()}", python)
    (folder / "auth.ini").write_text(
        f"[mlflow]\ndefault_permission = READ\ndatabase_uri = sqlite:///{folder}/users.db\nadmin_username = {USER}\n"
        "authorization_function = mlflow.server.auth:authenticate_request_basic_auth\n"
        # Else each request takes 0.2 s to check the password.
        "auth_cache_ttl_seconds = 600\n"
    )
    environment = {
        **{"PATH": f"{python.parent}:{os.environ['PATH']}", "HOME": str(folder), "MLFLOW_DISABLE_TELEMETRY": "true"},
        **{"MLFLOW_AUTH_CONFIG_PATH": str(folder / "auth.ini"), "MLFLOW_AUTH_ADMIN_PASSWORD": PASSWORD},
        **{"MLFLOW_FLASK_SERVER_SECRET_KEY": "of the tests", "DO_NOT_TRACK": "true"},
        # Seven processes for tasks that are not tested.
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    }
    command = [python.with_name("mlflow"), "server", "--app-name", "basic-auth", "--workers", "1"]
    command += ["--host", "127.0.0.1", "--port", server.url.rpartition(":")[2]]
    command += [
        "--backend-store-uri",
        f"sqlite:///{folder}/mlflow.db",
        "--artifacts-destination",
        f"{folder}/artifacts",
    ]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [*command, *options], cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        while not _answers(server.url):
            assert process.poll() is None, (folder / "log").read_text()
            time.sleep(0.2)
        yield server
    finally:
        # Its workers are in its session, and would outlive it if it were killed.
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(120)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=5, trust_env=False).is_success
    except httpx.HTTPError:
        return False
