"""The comparisons of the benchmark, in short rounds: what is compared runs within seconds, on the same machine load."""

import statistics
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.serving.calls import SIGNATURE, function_of, timed
from benchmarks.serving.mlflow_peer import peer
from benchmarks.serving.requests import grpc_message, rest_body, rows_of
from benchmarks.serving.server import load_of, sent, served

Measured = Mapping[str, float]
BATCHED = ("--batch", "128")


@dataclass(frozen=True)
class Comparison:
    """A line of the table: ours is compared with other.

    Attributes:
        name: What is compared.
        ours: The name of the measurement.
        other: That of the other one.
        measure: What of them is compared.
        bound: The threshold of the ratio, a minimum for rates, a maximum for times; None for none.
    """

    name: str
    ours: str
    other: str
    measure: str
    bound: float | None = None

    @property
    def is_rate(self) -> bool:
        """Whether more is better."""
        return self.measure == "per_second"

    def is_met(self, value: float) -> bool:
        """Return whether a ratio is on the right side of the threshold, if there is one."""
        return self.bound is None or (value >= self.bound if self.is_rate else value <= self.bound)


COMPARISONS = (
    Comparison("100 rows, 16 clients, REST: rate / in process", "rest", "process 100", "per_second", 0.8),
    Comparison("100 rows, 16 clients, gRPC: rate / in process", "grpc", "process 100", "per_second", 0.9),
    Comparison("1 row, 1 client, REST: median / in process", "single", "process 1", "median", 2.5),
    Comparison("1 row, 1 client, REST: 99th percentile / in process", "single", "process 1", "p99", 5.0),
    Comparison("1 row, 64 clients: rate with micro-batching / without", "batched", "many", "per_second", 4.0),
    Comparison("1 row, 64 clients, micro-batching: rate / MLflow's server", "batched", "mlflow 1", "per_second", 5.0),
    Comparison("1 row, 64 clients, without: rate / MLflow's server", "many", "mlflow 1", "per_second"),
    Comparison("100 rows, 16 clients: rate / MLflow's server", "rest", "mlflow 100", "per_second"),
)


def newest_of(versions: Path) -> Path:
    """Return the folder of the newest version."""
    return max((each for each in versions.iterdir() if each.name.isdecimal()), key=lambda each: int(each.name))


def measure(versions: Path, seconds: float, rounds: int) -> list[dict[str, Measured]]:
    """Return the measurements of each round, by name."""
    from penstock.server.models.servable import load

    newest = newest_of(versions)
    signature = load(newest, "m", 1).signatures[SIGNATURE]
    one, hundred = rows_of(signature, 1), rows_of(signature, 100)
    function = function_of(newest)
    with ExitStack() as stack:
        plain, batching = stack.enter_context(served(versions)), stack.enter_context(served(versions, *BATCHED))
        rest, many = f"{plain.rest}:predict", load_of(f"{plain.rest}:predict", rest_body(one), 64, seconds)
        tasks: dict[str, Callable[[], Measured]] = {
            "process 100": lambda: timed(lambda: function(hundred), seconds),
            "rest": lambda: sent(load_of(rest, rest_body(hundred), 16, seconds)),
            "grpc": lambda: sent(load_of(plain.grpc, grpc_message(hundred), 16, seconds, grpc=True)),
            "process 1": lambda: timed(lambda: function(one), seconds),
            "single": lambda: sent(load_of(rest, rest_body(one), 1, seconds)),
            "many": lambda: sent(many),
            "batched": lambda: sent(load_of(f"{batching.rest}:predict", rest_body(one), 64, seconds)),
        }
        other = stack.enter_context(peer(newest))
        if other is not None:
            url = other
            for name, rows, clients in (("mlflow 1", one, 64), ("mlflow 100", hundred, 16)):
                body = rest_body(rows, "dataframe_records")
                theirs = load_of(url, body, clients, seconds, kind="application/json")
                tasks[name] = lambda theirs=theirs: sent(theirs)  # type: ignore[misc]
        return [{name: task() for name, task in tasks.items()} for _ in range(rounds)]


def lines(rounds: Iterable[Mapping[str, Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """Return the lines of the table: the median of the ratios of the rounds."""
    found = list(rounds)
    return [
        _line(each, [round for round in found if each.ours in round and each.other in round]) for each in COMPARISONS
    ]


def _line(each: Comparison, rounds: list[Mapping[str, Mapping[str, Any]]]) -> dict[str, Any]:
    line = {"name": each.name, "target": each.bound, "is_least": each.is_rate, "value": None, "met": None}
    if not rounds:
        return line
    ours, other = ([round[name][each.measure] for round in rounds] for name in (each.ours, each.other))
    value = statistics.median(mine / theirs for mine, theirs in zip(ours, other, strict=True))
    failed = sum(round[name].get("failed", 0) for round in rounds for name in (each.ours, each.other))
    return {
        **line,
        "value": value,
        "met": None if each.bound is None else each.is_met(value) and not failed,
        "failed": failed,
        "measure": each.measure,
        "ours": statistics.median(ours),
        "other": statistics.median(other),
    }
