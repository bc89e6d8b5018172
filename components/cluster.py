"""A cluster that runs Beam's pipelines: the check before the first node, by a job that does nothing else.

The job shows that the job server answers, that its machines reach the workers, that the workers have this project and
its packages in the same versions, and that they see the files of the source and the folder of the artifacts.
"""

import base64
import json
import os
import platform
import re
import socket
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import apache_beam as beam
import grpc
from apache_beam.portability.api import beam_job_api_pb2, beam_job_api_pb2_grpc
from apache_beam.runners.runner import PipelineState

from components.cluster_errors import explain
from penstock.config.beam import Beam
from penstock.core.errors import ConfigError, PenstockError
from penstock.core.fingerprint import fingerprint

_ELEMENTS = 64
_CONNECT_SECONDS = 10
_MARK = "penstock-refusal:"
_PACKAGES = ("apache-beam", "tfx", "tensorflow", "pyarrow", "duckdb")
_CODE = "components.example_gen.component"
_JOB_SERVER = "Beam's job server at {}"


@dataclass(frozen=True)
class Seen:
    """The state of this machine that each worker must have too.

    Attributes:
        versions: The versions of Python and of packages, and the digest of our code.
        sizes: The files of the source and their sizes.
        folder: The folder for artifacts.
        token: A file in it.
    """

    versions: dict[str, str]
    sizes: dict[str, int]
    folder: str
    token: str


def check_cluster(settings: Beam, arguments: Sequence[str], files: Sequence[Path], folder: Path) -> None:
    """Run the check.

    Args:
        settings: The section of the configuration.
        arguments: Beam's arguments.
        files: The files of the source.
        folder: The folder of the artifacts.

    Raises:
        ConfigError: Something is missing; the error says what, and where.
    """
    if settings.job_endpoint is None:
        return
    _check_job_server(settings, settings.job_endpoint)
    with _token(folder) as token:
        sizes = {str(path): path.stat().st_size for path in files}
        _run(Seen(versions(), sizes, str(folder), token), settings, arguments)


def versions() -> dict[str, str]:
    """Return the versions that have to be the same on each machine."""
    found = {"Python": ".".join(platform.python_version_tuple()[:2])}
    for name in _PACKAGES:
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return {**found, "the code of Penstock": fingerprint(_CODE)}


def _check_job_server(settings: Beam, endpoint: str) -> None:
    what, remedy = _JOB_SERVER.format(endpoint), "start it, or correct --job_endpoint in beam.options"
    host, _, port = endpoint.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), min(_CONNECT_SECONDS, settings.timeout)).close()
    except (OSError, OverflowError) as error:
        reason = str(getattr(error, "strerror", None) or error).lower()
        raise ConfigError(what, "a server that takes connections", reason, remedy) from None
    with grpc.insecure_channel(endpoint) as channel:
        stub = beam_job_api_pb2_grpc.JobServiceStub(channel)
        try:
            request = beam_job_api_pb2.DescribePipelineOptionsRequest()
            described = stub.DescribePipelineOptions(request, timeout=settings.timeout)
        except grpc.RpcError as error:
            received = f"another server ({error.code().name.lower()}: {error.details()[:120]})"
            raise ConfigError(what, "a server of Beam's job API", received, remedy) from None
    names = {option.name for option in described.options}
    for other in ("flink", "spark"):
        if other != settings.runner and any(name.startswith(f"{other}_master") for name in names):
            raise ConfigError(what, f"one for {settings.runner}", f"one for {other}", f'set beam.runner = "{other}"')


@contextmanager
def _token(folder: Path) -> Iterator[str]:
    """Make a file that the workers look for, so that another folder of the same name is noticed."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f".cluster-{uuid.uuid4().hex}"
    file.touch()
    try:
        yield file.name
    finally:
        file.unlink(missing_ok=True)


class Look(beam.DoFn):
    """Compares the machine of a worker with that of the run."""

    def __init__(self, seen: Seen) -> None:
        self._seen = asdict(seen)

    def process(self, number: int) -> Iterator[int]:
        """Compare, and raise what is different in a form that survives the way through the cluster."""
        error = difference(Seen(**self._seen), versions())
        if error is not None:
            parts = base64.urlsafe_b64encode(json.dumps(error.as_dict()).encode()).decode()
            raise RuntimeError(f"{_MARK}{parts}:")
        yield number


def difference(seen: Seen, here: dict[str, str]) -> ConfigError | None:
    """Return what this machine has not, of what the machine of the run has."""
    host = socket.gethostname()
    for name, version in seen.versions.items():
        if here.get(name) != version:
            received = here.get(name, "none")
            return ConfigError(
                f"{name} of the workers on {host}", version, received, "start the pool in the same .venv"
            )
    for path, size in seen.sizes.items():
        if not os.path.isfile(path):
            received = "no such file"
        elif os.path.getsize(path) != size:
            received = f"{os.path.getsize(path)} bytes"
        else:
            continue
        expected = f"the file of the run, of {size} bytes"
        remedy = "mount its folder there under the same path"
        return ConfigError(f"the source {path} on the worker {host}", expected, received, remedy)
    if not os.path.exists(os.path.join(seen.folder, seen.token)) or not os.access(seen.folder, os.W_OK):
        received = "no such folder" if not os.path.isdir(seen.folder) else "another one, or one that cannot be written"
        expected, remedy = "the folder of the run, writable", "mount state.directory there under the same path"
        return ConfigError(f"the folder {seen.folder} on the worker {host}", expected, received, remedy)
    return None


def _run(seen: Seen, settings: Beam, arguments: Sequence[str]) -> None:
    pipeline = beam.Pipeline(argv=[*arguments, "--job_name=penstock-check"])
    _ = pipeline | beam.Create(range(_ELEMENTS)) | beam.Reshuffle() | beam.ParDo(Look(seen))
    try:
        result = pipeline.run()
        state = result.wait_until_finish(duration=settings.timeout * 1000)
    except (RuntimeError, grpc.RpcError, grpc.FutureTimeoutError) as error:
        raise refusal(str(error), settings) from error
    if not PipelineState.is_terminal(state):
        with suppress(Exception):
            result.cancel()
        raise _late(settings)
    if state != PipelineState.DONE:
        raise refusal(f"state {state}", settings)


def _late(settings: Beam) -> ConfigError:
    received = f"none in {settings.timeout} s"
    if settings.workers:
        remedy = "read what the pool printed, start it with `penstock workers`, or raise beam.timeout"
        return ConfigError(f"the worker pool {settings.workers}", "a worker for the first bundle", received, remedy)
    remedy = "check that the cluster has free slots and reaches this machine, or raise beam.timeout"
    return ConfigError(f"the cluster of {settings.job_endpoint}", "an end of the first job", received, remedy)


def refusal(text: str, settings: Beam) -> PenstockError:
    """Return the error in the text with which the first job ended."""
    if match := re.search(rf"{_MARK}([\w=-]+):", text):
        parts: dict[str, Any] = json.loads(base64.urlsafe_b64decode(match[1]))
        return ConfigError(parts["what"], parts["expected"], parts["received"], parts["next_step"])
    found = explain(text, settings.workers)
    if found is not None:
        return ConfigError(*found)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    received = (lines[-1] if lines else "no message")[:300]
    remedy = "read the logs of its job server and its workers"
    return ConfigError(f"the cluster of {settings.job_endpoint}", "an end of the first job", received, remedy)
