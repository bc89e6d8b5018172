"""A standalone Spark on loopback: a master, workers, and Beam's job server, which is the driver of every job."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from scripts.cluster.jars import jars_of, unstaged
from scripts.cluster.programs import Program, start
from scripts.ports import HOST, free_port

PREFERRED = {"jobs": 8099, "web": 8080, "master": 7077}
# What Spark's own launcher opens of the JDK; it does so for the executors, not for a driver that it did not start.
_OPENS = [
    f"--add-opens=java.base/{package}=ALL-UNNAMED"
    for package in (
        *("java.lang", "java.lang.invoke", "java.lang.reflect", "java.io", "java.net", "java.nio", "java.util"),
        *("java.util.concurrent", "java.util.concurrent.atomic", "jdk.internal.ref", "sun.nio.ch", "sun.nio.cs"),
        *("sun.security.action", "sun.util.calendar"),
    )
]


@dataclass(frozen=True)
class Size:
    """How large the cluster is.

    Attributes:
        workers: The number of workers.
        cores: The tasks that the executor of a worker runs at a time.
    """

    workers: int = 2
    cores: int = 2


def start_spark(folder: Path, size: Size, *, preferred: dict[str, int] | None = None) -> dict[str, str]:
    """Start the cluster and return its addresses: `jobs` of Beam's job server, `web` of the master."""
    jars, preferred = jars_of("spark"), preferred or {}
    shutil.rmtree(folder / "logs", ignore_errors=True)
    names = ("jobs", "web", "master", "artifacts", "expansion")
    ports = {name: free_port(preferred.get(name, 0)) for name in names}
    master = f"spark://{HOST}:{ports['master']}"
    # A worker starts executors with the jars of its Spark, which here has nothing else.
    environment = {"SPARK_HOME": str(jars.parent), "SPARK_LOCAL_IP": HOST, "SPARK_SCALA_VERSION": "2.12"}

    def program(name: str, flags: list[str], words: list[str], port: int | None, *, path: Path = jars) -> Program:
        return Program(name, ["java", *flags, *_OPENS, "-cp", f"{path}/*", *words], port, environment)

    places = [f"--host={HOST}", f"--port={ports['master']}", f"--webui-port={ports['web']}"]
    words = ["org.apache.spark.deploy.master.Master", *(part for each in places for part in each.split("="))]
    start(folder, program("master", ["-Xmx512m"], words, ports["master"]))
    for number in range(1, size.workers + 1):
        own = ["--host", HOST, "--webui-port", str(free_port()), "--cores", str(size.cores), "--memory", "1g"]
        own += ["--work-dir", str(folder / "work" / str(number)), master]
        start(folder, program(f"worker-{number}", ["-Xmx256m"], ["org.apache.spark.deploy.worker.Worker", *own], None))
    settings = {
        "spark.driver.bindAddress": HOST,
        "spark.driver.host": HOST,
        "spark.executor.memory": "1g",
        "spark.ui.enabled": "false",
        "spark.local.dir": str(folder / "tmp"),
    }
    flags = ["-Xmx1g", *(f"-D{key}={value}" for key, value in settings.items())]
    options = {
        "spark-master-url": master,
        "job-host": HOST,
        "job-port": ports["jobs"],
        "artifact-port": ports["artifacts"],
        "expansion-port": ports["expansion"],
        "artifacts-dir": folder / "artifacts",
    }
    words = ["org.apache.beam.runners.spark.SparkJobServerDriver", *(f"--{k}={v}" for k, v in options.items())]
    os.makedirs(folder / "tmp", exist_ok=True)
    start(folder, program("jobserver", flags, words, ports["jobs"], path=unstaged(jars)))
    return {name: f"{HOST}:{ports[name]}" for name in ("jobs", "web")}
