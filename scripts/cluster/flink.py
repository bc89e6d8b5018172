"""A standalone Flink on loopback: a JobManager, TaskManagers, and Beam's job server."""

import json
import shutil
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from penstock.core.errors import ConfigError
from scripts.cluster.jars import MADE, jars_of, unstaged
from scripts.cluster.programs import START_SECONDS, Program, log_of, running, start
from scripts.ports import HOST, free_port

PREFERRED = {"jobs": 8099, "web": 8081}
# Flink reads private fields of the JDK's classes; these are the flags of its own configuration, as far as a job needs.
_OPENS = [f"--add-exports=java.base/sun.net.util={'ALL-UNNAMED'}"] + [
    f"--add-opens=java.base/{package}=ALL-UNNAMED"
    for package in (
        *("java.lang", "java.lang.reflect", "java.net", "java.io", "java.nio", "sun.nio.ch", "java.text", "java.time"),
        *("java.util", "java.util.concurrent", "java.util.concurrent.atomic", "java.util.concurrent.locks"),
    )
]


_TIMES = [
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS",
]


@dataclass(frozen=True)
class Size:
    """How large the cluster is.

    Attributes:
        task_managers: The number of TaskManagers.
        slots: The subtasks that a TaskManager runs at a time.
        network: Memory for network buffers of a TaskManager, in MB.
        managed: Memory for sorting in a TaskManager, in MB: its slots and their operators share it.
    """

    task_managers: int = 2
    slots: int = 4
    network: int = 256
    managed: int = 1024


def start_flink(folder: Path, size: Size, *, preferred: dict[str, int] | None = None) -> dict[str, str]:
    """Start the cluster and return its addresses: `jobs` of Beam's job server, `web` of the JobManager."""
    jars, preferred = jars_of("flink"), preferred or {}
    shutil.rmtree(folder / "logs", ignore_errors=True)
    ports = {name: free_port(preferred.get(name, 0)) for name in ("jobs", "web", "rpc", "artifacts", "expansion")}
    _configure(folder, ports, size)
    manager = "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint"
    start(folder, Program("jobmanager", _java(jars, folder, "jobmanager", ["-Xmx768m"], manager), ports["web"]))
    for name in _names(size.task_managers):
        start(folder, _task_manager(folder, name, size))
    _await_task_managers(folder, ports["web"], size.task_managers)
    driver = "org.apache.beam.runners.flink.FlinkJobServerDriver"
    options = {
        "flink-master": f"{HOST}:{ports['web']}",
        "job-host": HOST,
        **{f"{name}-port": str(ports[key]) for name, key in _JOB_SERVER_PORTS.items()},
        "artifacts-dir": str(folder / "artifacts"),
    }
    words = [f"--{name}={value}" for name, value in options.items()]
    start(folder, Program("jobserver", [*_command(unstaged(jars), ["-Xmx512m"], driver), *words], ports["jobs"]))
    return {name: f"{HOST}:{ports[name]}" for name in ("jobs", "web")}


_JOB_SERVER_PORTS = {"job": "jobs", "artifact": "artifacts", "expansion": "expansion"}


def _task_manager(folder: Path, name: str, size: Size) -> Program:
    memory = ["-Xmx896m", f"-XX:MaxDirectMemorySize={size.network + 512}m"]
    runner = "org.apache.flink.runtime.taskexecutor.TaskManagerRunner"
    return Program(name, _java(MADE / "flink" / "jars", folder, name, memory, runner))


def _await_task_managers(folder: Path, port: int, count: int) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        found = _registered(port)
        ended = [name for name in _names(count) if name not in running(folder)]
        if found >= count:
            return
        if ended or time.monotonic() > end:
            log = log_of(folder, (ended or _names(count))[0])
            raise ConfigError("Flink", f"{count} TaskManagers", f"{found} that registered", f"read {log}")
        time.sleep(0.2)


def _registered(port: int) -> int:
    """Return how many TaskManagers Flink knows; 0 while it answers, but has not elected its leader yet."""
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/taskmanagers", timeout=10) as answer:  # noqa: S310
            return len(json.load(answer)["taskmanagers"])
    except urllib.error.HTTPError as error:
        if error.code != HTTPStatus.SERVICE_UNAVAILABLE:
            raise
        return 0


def _names(count: int) -> list[str]:
    return [f"taskmanager-{number}" for number in range(1, count + 1)]


def _java(jars: Path, folder: Path, name: str, memory: list[str], main: str) -> list[str]:
    log = [f"-Dlog.file={log_of(folder, name)}"]
    return [*_command(jars, [*memory, *log], main), "--configDir", str(folder / "conf")]


def _command(jars: Path, flags: list[str], main: str) -> list[str]:
    return ["java", *flags, *_TIMES, *_OPENS, "-cp", f"{jars}/*", main]


def _configure(folder: Path, ports: dict[str, int], size: Size) -> None:
    """Write Flink's configuration: each address on loopback, and the memory that its scripts would compute."""
    settings: dict[str, Any] = {
        "jobmanager.rpc.address": HOST,
        "jobmanager.bind-host": HOST,
        "jobmanager.rpc.port": ports["rpc"],
        "rest.address": HOST,
        "rest.bind-address": HOST,
        "rest.port": ports["web"],
        "taskmanager.host": HOST,
        "taskmanager.bind-host": HOST,
        "taskmanager.numberOfTaskSlots": size.slots,
        "taskmanager.cpu.cores": float(size.slots),
        "taskmanager.memory.task.heap.size": "768m",
        "taskmanager.memory.task.off-heap.size": "256m",
        "taskmanager.memory.managed.size": f"{size.managed}m",
        "taskmanager.memory.framework.heap.size": "128m",
        "taskmanager.memory.framework.off-heap.size": "128m",
        "taskmanager.memory.jvm-metaspace.size": "512m",
        "taskmanager.memory.jvm-overhead.min": "192m",
        "taskmanager.memory.jvm-overhead.max": "192m",
        "taskmanager.memory.network.min": f"{size.network}m",
        "taskmanager.memory.network.max": f"{size.network}m",
        # Each exchange that is written to disk takes so many buffers; at the default, 512, a job of TFX needs 1.6 GB.
        "taskmanager.network.sort-shuffle.min-buffers": 64,
        "heartbeat.interval": 2000,
        "heartbeat.timeout": 10000,
        # A lost TaskManager costs a restart, not the job. This strategy takes the subtasks that fail together as one
        # failure; `fixed-delay` counts each of them. The first restart comes after the loss was noticed: until then
        # Flink may give the lost TaskManager work.
        "restart-strategy.type": "exponential-delay",
        "restart-strategy.exponential-delay.initial-backoff": "6 s",
        "restart-strategy.exponential-delay.max-backoff": "10 s",
        "restart-strategy.exponential-delay.jitter-factor": 0.0,
        "restart-strategy.exponential-delay.reset-backoff-threshold": "10 min",
        "restart-strategy.exponential-delay.attempts-before-reset-backoff": 3,
        "slot.request.timeout": 20000,
        "io.tmp.dirs": str(folder / "tmp"),
        "web.tmpdir": str(folder / "tmp"),
        "classloader.resolve-order": "parent-first",
    }
    (folder / "conf").mkdir(parents=True, exist_ok=True)
    (folder / "tmp").mkdir(exist_ok=True)
    lines = [f"{key}: {value}\n" for key, value in settings.items()]
    (folder / "conf" / "flink-conf.yaml").write_text("".join(lines), encoding="utf-8")
