"""Programs of a cluster in the background: a log and a file with the process id for each, ports on loopback."""

import json
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from penstock.config.loading import environment_with
from penstock.core.errors import ConfigError
from scripts.ports import HOST

START_SECONDS = 120.0
STOP_SECONDS = 20.0


@dataclass(frozen=True)
class Program:
    """A program that runs until it is stopped.

    Attributes:
        name: Its name, also that of its log.
        command: Program and arguments.
        port: The port of loopback that it listens on once it has started; None if it has none that is known.
        environment: Variables in addition to those of this process.
    """

    name: str
    command: Sequence[str]
    port: int | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


def log_of(folder: Path, name: str) -> Path:
    """Return the log of a program."""
    return folder / "logs" / f"{name}.log"


def start(folder: Path, program: Program) -> None:
    """Start a program, and return when it listens on its port.

    Raises:
        ConfigError: It ended, or does not listen in time; it is stopped then.
    """
    pids = folder / "pids"
    for each in (pids, folder / "logs"):
        each.mkdir(parents=True, exist_ok=True)
    log = log_of(folder, program.name)
    with log.open("wb") as output:
        process = subprocess.Popen(
            program.command,
            cwd=folder,
            env=environment_with() | dict(program.environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    noted = {"pid": process.pid, "started": psutil.Process(process.pid).create_time()}
    (pids / f"{program.name}.json").write_text(json.dumps(noted))
    end = time.monotonic() + START_SECONDS
    while program.port is not None and not _listens(program.port):
        ended = process.poll() is not None
        if ended or time.monotonic() > end:
            stop(folder, program.name)
            reason = f"exit code {process.returncode}" if ended else f"no answer in {START_SECONDS:.0f} s"
            raise ConfigError(program.name, f"a server at {HOST}:{program.port}", reason, f"read {log}")
        time.sleep(0.1)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


def running(folder: Path) -> dict[str, psutil.Process]:
    """Return the programs that run, by name."""
    every = {file.stem: _process(file) for file in sorted((folder / "pids").glob("*.json"))}
    return {name: process for name, process in every.items() if process is not None}


def _process(file: Path) -> psutil.Process | None:
    """Return the process that was noted, unless its id belongs to another one by now."""
    noted = json.loads(file.read_text())
    try:
        process = psutil.Process(noted["pid"])
        same = process.create_time() == noted["started"] and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return None
    return process if same else None


def kill(folder: Path, name: str) -> None:
    """End a program at once, as a machine that fails does; its children too."""
    process = running(folder)[name]
    _end([*process.children(recursive=True), process], 0)


def stop(folder: Path, *names: str) -> None:
    """Stop programs and what they started, or all of them, and forget them."""
    files = {file.stem: file for file in sorted((folder / "pids").glob("*.json"))}
    chosen = {name: files[name] for name in names or files if name in files}
    # The last to start is the first to stop.
    for process in [each for each in map(_process, chosen.values()) if each is not None]:
        _end([process, *process.children(recursive=True)], STOP_SECONDS)
    for file in chosen.values():
        file.unlink(missing_ok=True)


def _end(processes: list[psutil.Process], seconds: float) -> None:
    for process in processes:
        try:
            process.terminate() if seconds else process.kill()
        except psutil.NoSuchProcess:
            continue
    _, alive = psutil.wait_procs(processes, timeout=seconds or STOP_SECONDS)
    for process in alive:
        process.kill()
    psutil.wait_procs(alive, timeout=STOP_SECONDS)
