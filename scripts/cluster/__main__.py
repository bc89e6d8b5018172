"""Starts and stops a Flink or a Spark on this machine: `python -m scripts.cluster start flink`."""

import argparse
import sys
from pathlib import Path

from penstock.core.errors import PenstockError
from scripts.cluster import flink, spark
from scripts.cluster.jars import MADE, write_list
from scripts.cluster.programs import running, stop

NEXT = """In pipeline.toml:

[beam]
runner = "{system}"
options = ["--job_endpoint={jobs}"{further}]

The cluster's own page: http://{web}. `make cluster SYSTEM={system} ARGS=stop` stops it."""


def main() -> int:
    """Run the command and return its exit code."""
    arguments = _arguments()
    folder = Path(arguments.folder or MADE / arguments.system / "run").absolute()
    try:
        if arguments.verb == "list":
            write_list(arguments.system)
        elif arguments.verb == "stop":
            found = running(folder)
            stop(folder)
            print(f"Stopped: {', '.join(found) or 'nothing, no cluster was running'}.")
        else:
            _start(arguments, folder)
    except PenstockError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


def _start(arguments: argparse.Namespace, folder: Path) -> None:
    if found := running(folder):
        print(f"Running already: {', '.join(found)}. `make cluster ARGS=stop` stops it.")
        return
    print(f"Starting {arguments.system}, with logs in {folder / 'logs'}", flush=True)
    try:
        if arguments.system == "flink":
            size = flink.Size(arguments.machines, arguments.slots, arguments.network)
            addresses = flink.start_flink(folder, size, preferred=flink.PREFERRED)
        else:
            addresses = spark.start_spark(
                folder, spark.Size(arguments.machines, arguments.slots), preferred=spark.PREFERRED
            )
    except BaseException:
        stop(folder)
        raise
    further = f', "--parallelism={arguments.machines}"' if arguments.system == "flink" else ""
    print(NEXT.format(system=arguments.system, further=further, **addresses))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Start or stop a cluster on this machine, for Beam's pipelines.")
    parser.add_argument("verb", choices=("start", "stop", "list"), help="list writes the hashes of its jars")
    parser.add_argument("system", choices=("flink", "spark"))
    parser.add_argument("--folder", help="logs and process ids; by default .tools/cluster/SYSTEM/run")
    parser.add_argument("--machines", type=int, default=2, help="TaskManagers of Flink, workers of Spark")
    parser.add_argument("--slots", type=int, default=2, help="tasks that each of them runs at a time")
    parser.add_argument("--network", type=int, default=256, help="MB for network buffers of a TaskManager")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
