"""A worker that records a run instead of running nodes; the variable OUTCOME selects the result."""

import argparse
import json
import os
import signal
import sys
import time
from pathlib import Path

from penstock.config.loading import load
from penstock.core.errors import GateError
from pipeline.worker import reporting, serve
from tests.metadata_store import COMPLETE, FAILED, RUNNING, StoreBuilder
from tests.pipeline.cli.leaderboards import LEADERBOARD


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--config")
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--worker")
    parser.add_argument("--report", type=int)
    parser.add_argument("--parent", type=int)
    arguments = parser.parse_args()
    config = load(arguments.config, arguments.set)
    sys.stdout.write("a line of TensorFlow's\n")  # before there is a log file, as imports do
    options, builder = serve(config, arguments.worker), StoreBuilder(config)
    os.write(2, b"a line of native code\n")
    sys.stdout.flush()
    try:
        with reporting(arguments.report):
            OUTCOMES[os.environ["OUTCOME"]](builder, options.run_id)
    finally:
        os._exit(0)


def pushed(builder: StoreBuilder, run: str) -> None:
    builder.whole_run(run, version=7)


def tuned(builder: StoreBuilder, run: str) -> None:
    made = builder.node(run, "Trainer", outputs={"model_run": ("ModelRun", {})})
    folder = Path(builder.store.get_artifacts_by_id([made["model_run"]])[0].uri)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "leaderboard.json").write_text(json.dumps(LEADERBOARD))
    builder.whole_run(run, version=7)


def refused(builder: StoreBuilder, run: str) -> None:
    builder.whole_run(run, version=None)


def partial(builder: StoreBuilder, run: str) -> None:
    builder.node(run, "ExampleGen")


def failed(builder: StoreBuilder, run: str) -> None:
    builder.node(run, "ExampleGen")
    builder.node(run, "AnomalyGate", state=FAILED)
    raise GateError("the data", "no anomaly", "2", "fix it", ("miles, split train: NEW", "paid, split eval: OLD"))


def killed(builder: StoreBuilder, run: str) -> None:
    builder.node(run, "ExampleGen", state=COMPLETE)
    builder.node(run, "Trainer", state=RUNNING)
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(5)


def ended(builder: StoreBuilder, run: str) -> None:
    os._exit(9)


OUTCOMES = {function.__name__: function for function in (pushed, tuned, refused, partial, failed, killed, ended)}

if __name__ == "__main__":
    main()
