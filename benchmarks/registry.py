"""Measures the registry: lists and filters of many experiments, and writers and readers at the same time.

`python -m benchmarks.registry` measures SQLite in a temporary folder; give `--uri` for an empty PostgreSQL database.
"""

import argparse
import json
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.registry_rows import fill
from penstock.core.errors import PenstockError
from penstock.registry.client import DatabaseClient
from penstock.registry.documents import MOVED, ExperimentBody
from penstock.registry.lists import Condition, Order, Slice

REPEATS = 20
LIMIT_SECONDS = 0.1


def queries(registry: DatabaseClient, model: int) -> dict[str, Callable[[], Any]]:
    """Return each list and filter, by its name."""
    high, rare = Condition("metric", "auc", ">=", "0.9"), Condition("metric", "auc", ">=", "0.9999")
    nothing = Condition("metric", "auc", ">", "2")
    setting = Condition("setting", "model.rounds", "=", "42")
    order, back = Order("metric", "auc", descending=True), Order("setting", "model.rounds")
    newer = Slice(after="50000", newest=True)
    later = registry.ranked(model, order, Slice(limit=1_000)).after
    return {
        "all": lambda: registry.experiments(),
        "all, later part": lambda: registry.experiments(Slice(after="50000")),
        "all, archived too": lambda: registry.experiments(Slice(archived=True)),
        "of a model": lambda: registry.experiments(model_id=model),
        "of a small model": lambda: registry.experiments(model_id=model + 1),
        "of a project": lambda: registry.experiments(project_id=1),
        "of the other project": lambda: registry.experiments(project_id=2, part=Slice(after="60000")),
        "all with a metric": lambda: registry.experiments(conditions=[high]),
        "all with a rare metric": lambda: registry.experiments(conditions=[rare]),
        "all with a metric that none has": lambda: registry.experiments(conditions=[nothing]),
        "all with a setting": lambda: registry.experiments(conditions=[setting]),
        "of a model with a metric": lambda: registry.experiments(model_id=model, conditions=[high]),
        "of a model with a rare metric": lambda: registry.experiments(model_id=model, conditions=[rare]),
        "of a model, metric that none has": lambda: registry.experiments(model_id=model, conditions=[nothing]),
        "of a project with a rare metric": lambda: registry.experiments(project_id=1, conditions=[rare]),
        "of a model with both": lambda: registry.experiments(model_id=model, conditions=[high, setting]),
        "by a metric": lambda: registry.ranked(model, order),
        "by a metric, later part": lambda: registry.ranked(model, order, Slice(after=later)),
        "by a setting": lambda: registry.ranked(model, back),
        "by a metric with a setting": lambda: registry.ranked(model, order, conditions=[setting]),
        "by a setting with a rare metric": lambda: registry.ranked(model, back, conditions=[rare]),
        "by a metric, of which none": lambda: registry.ranked(model, order, conditions=[nothing]),
        "by name": lambda: registry.experiment_named(model, "rides_1a2b3c4_10"),
        "newest of all": lambda: registry.experiments(Slice(newest=True)),
        "newest of a model": lambda: registry.experiments(Slice(newest=True), model_id=model),
        "newest of a model, later part": lambda: registry.experiments(newer, model_id=model),
        "newest with a rare metric": lambda: registry.experiments(newer, model_id=model, conditions=[rare]),
        "newest versions": lambda: registry.versions(model, Slice(newest=True)),
        "number of versions": lambda: registry.count_versions(model),
        "versions of an experiment": lambda: registry.versions(model, experiment_id=10),
        "events": lambda: registry.events(),
        "events of a model": lambda: registry.events(model_id=model),
        "events, newest of a kind": lambda: registry.events(Slice(newest=True), kind=MOVED),
        "events of a model, newest of a kind": lambda: registry.events(Slice(newest=True), model, MOVED),
    }


def measure_lists(registry: DatabaseClient, model: int, repeats: int = REPEATS) -> dict[str, float]:
    """Return the median and the worst seconds of each list and filter."""
    found = {}
    for name, ask in queries(registry, model).items():
        seconds = []
        for _ in range(repeats):
            began = time.perf_counter()
            ask()
            seconds.append(time.perf_counter() - began)
        found[name] = statistics.median(seconds)
        print(f"{name:35} {found[name] * 1000:8.1f} ms, at most {max(seconds) * 1000:8.1f} ms", flush=True)
    return found


@dataclass
class Done:
    """What one client did: the seconds of each request, its errors, and the experiments that it recorded."""

    kind: str
    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    recorded: list[int] = field(default_factory=list)


class Load:
    """Writers and readers at the same time, each a process with connections of its own."""

    def __init__(self, uri: str, model: int, seconds: float) -> None:
        """Prepare the load of a registry for some seconds."""
        self.uri, self.model, self.seconds = uri, model, seconds

    def run(self, writers: int, readers: int) -> dict[str, Any]:
        """Return the numbers of requests, their durations, and what was lost."""
        kinds = ["write"] * writers + ["read"] * readers
        context = multiprocessing.get_context("fork")
        ready, results = context.Barrier(len(kinds)), context.Queue()
        clients = [context.Process(target=self._repeat, args=(*each, ready, results)) for each in enumerate(kinds)]
        for client in clients:
            client.start()
        done = [results.get(timeout=self.seconds + 600) for _ in clients]
        for client in clients:
            client.join()
        with DatabaseClient(self.uri) as registry:
            lost = [id for each in done for id in each.recorded if registry.experiment(id).id != id]
            # What was added by SQL has no event.
            faults = [fault for fault in registry.faults() if "has no event" not in fault]
        shown = {
            kind: _quantiles([second for each in done if each.kind == kind for second in each.seconds])
            for kind in ("write", "read")
        }
        errors = [error for each in done for error in each.errors]
        return {**shown, "errors": errors[:5], "lost": len(lost), "faults": faults}

    def _repeat(self, number: int, kind: str, ready: Any, results: Any) -> None:
        done = Done(kind)
        with DatabaseClient(self.uri, actor=f"{kind}-{number}") as registry:
            registry.ping()
            ready.wait()
            end, count = time.monotonic() + self.seconds, 0
            while time.monotonic() < end:
                began = time.perf_counter()
                try:
                    self._step(registry, done, f"{number}-{count}")
                except PenstockError as error:
                    done.errors.append(str(error))
                done.seconds.append(time.perf_counter() - began)
                count += 1
        results.put(done)

    def _step(self, registry: DatabaseClient, done: Done, name: str) -> None:
        if done.kind == "read":
            registry.ranked(self.model, Order("metric", "auc", descending=True), Slice(limit=20))
            return
        body = ExperimentBody(
            model_id=self.model,
            run=f"load-{name}",
            state="pushed",
            commit="9f8e7d6",
            metric="auc",
            configuration={"model": {"family": "trees", "rounds": 100}},
            evaluations={"overall": {"auc": 0.9}},
        )
        done.recorded.append(registry.record_experiment(body).id)


def main() -> None:
    """Measure, and print one JSON object at the end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--uri", help="an empty database; default: SQLite in a temporary folder")
    parser.add_argument("--experiments", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--clients", type=int, default=16, help="writers, and as many readers")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        uri = given.uri or f"sqlite:///{Path(folder) / 'registry.sqlite'}"
        with DatabaseClient(uri, actor="benchmark") as registry:
            began = time.perf_counter()
            model = fill(registry, given.experiments)
            print(f"{given.experiments:,} experiments in {time.perf_counter() - began:.0f} s", flush=True)
            lists = measure_lists(registry, model)
        load = Load(uri, model, given.seconds).run(given.clients, given.clients)
    slow = {name: seconds for name, seconds in lists.items() if seconds > LIMIT_SECONDS}
    print(json.dumps({"experiments": given.experiments, "lists": lists, "slow": slow, "load": load}))


def _quantiles(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    at = {
        name: ordered[min(len(ordered) - 1, int(len(ordered) * part))] for name, part in (("p50", 0.5), ("p99", 0.99))
    }
    return {"count": len(ordered), **at, "most": ordered[-1]}


if __name__ == "__main__":
    main()
