"""MLflow's server of the same SavedModel, in an environment of its own that `mlflow.lock` describes."""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks.measuring import plain_environment
from benchmarks.systems import PROJECT
from scripts.ports import free_port

LOCK = Path(__file__).with_name("mlflow.lock")
PLACE = PROJECT / ".tools" / "serving-peer"
# MLflow calls Python for a model; a loop over the columns is the least that it can do.
_LOADER = """\
import tensorflow as tf


class Served:
    def __init__(self, folder):
        self.model = tf.saved_model.load(folder)
        self.function = self.model.signatures["serving_default"]
        self.inputs = self.function.structured_input_signature[1]

    def predict(self, data, params=None):
        tensors = {name: tf.constant(data[name].to_numpy(), spec.dtype) for name, spec in self.inputs.items()}
        return {name: values.numpy() for name, values in self.function(**tensors).items()}


def _load_pyfunc(path):
    return Served(path)
"""
_MODEL = """\
flavors:
  python_function:
    code: code
    data: data
    loader_module: served_by_penstock_benchmark
    python_version: "3.11"
"""


@contextmanager
def peer(version: Path) -> Iterator[str | None]:
    """Yield the URL of a server of a SavedModel; None if MLflow cannot be installed, which is said."""
    python = _installed()
    if python is None:
        yield None
        return
    with tempfile.TemporaryDirectory() as made:
        model, port = Path(made) / "model", free_port()
        write_model(version, model)
        command = [
            f"{python.with_name('mlflow')}",
            "models",
            "serve",
            "--model-uri",
            f"{model}",
            "--env-manager",
            "local",
        ]
        command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
        environment = plain_environment(HOME=made, DO_NOT_TRACK="true", MLFLOW_DISABLE_TELEMETRY="true")
        environment["PATH"] = f"{python.parent}:{environment['PATH']}"
        log = (Path(made) / "log").open("w+")
        with log, subprocess.Popen(command, env=environment, stdout=log, stderr=log) as process:
            try:
                while not _answers(port):
                    if process.poll() is not None:
                        raise SystemExit(f"MLflow's server ended: {Path(log.name).read_text()}")
                    time.sleep(0.2)
                yield f"http://127.0.0.1:{port}/invocations"
            finally:
                process.terminate()
                process.wait(60)


def write_model(version: Path, model: Path) -> None:
    """Write a folder that MLflow serves."""
    (model / "code").mkdir(parents=True)
    (model / "code" / "served_by_penstock_benchmark.py").write_text(_LOADER, encoding="utf-8")
    shutil.copytree(version, model / "data")
    (model / "MLmodel").write_text(_MODEL, encoding="utf-8")


def _installed() -> Path | None:
    """Return the Python of the environment, which is made first if its lock has changed."""
    python, stamp = PLACE / "bin" / "python", PLACE / "lock"
    if stamp.is_file() and stamp.read_bytes() == LOCK.read_bytes():
        return python
    uv = shutil.which("uv") or shutil.which("uv", path=PROJECT / ".tools" / "uv" / "bin")
    if uv is None:
        _say_skipped("uv is not here")
        return None
    venv = [uv, "venv", "--quiet", "--clear", "--no-python-downloads", "--python", "3.11", str(PLACE)]
    sync = [uv, "pip", "sync", "--quiet", "--require-hashes", "--python", str(python), str(LOCK)]
    for command in (venv, sync):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            _say_skipped(" ".join(done.stderr.split())[:200])
            return None
    shutil.copyfile(LOCK, stamp)
    return python


def _say_skipped(why: str) -> None:
    print(f"MLflow's server is not measured, its environment cannot be installed: {why}", file=sys.stderr)


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/ping", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False
