"""Medians of the measurements, their ratios, and whether the targets are met."""

import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from benchmarks import startup
from benchmarks.results import Results
from benchmarks.systems import PENSTOCK, UPSTREAM
from benchmarks.verdict import Verdict

FIRST, SECOND = "first", "second"
PROFILED_ROWS = 150_020
LEAST_AUC = 0.94
# Below it a node's time is mostly that of the metadata store, and does not depend on the rows.
LEAST_SECONDS = 0.5
# The same node by the name that Penstock gives it.
_NAMES = {"CsvExampleGen": "ExampleGen", "latest_blessed_model_resolver": "Resolver"}


@dataclass(frozen=True)
class Medians:
    """The medians of one system's repetitions at one size.

    Attributes:
        repeats: How many there are.
        seconds: Of the whole process.
        spread: The least and the most seconds of the whole process.
        cpu_seconds: Processor time.
        peak_rss: Bytes of all processes at one moment.
        peak_rss_of_one: Bytes of the largest process.
        auc: Area under the curve; None of a second run.
        nodes: Seconds of each node, in the order in which they started.
        ran: The nodes that were not cached.
    """

    repeats: int
    seconds: float
    spread: tuple[float, float]
    cpu_seconds: float
    peak_rss: float
    peak_rss_of_one: float
    auc: float | None
    nodes: dict[str, float]
    ran: tuple[str, ...]


Pair = tuple[Medians, Medians]
Ratio = Callable[[Pair], float]

# The targets: description, run, ratio of (Penstock, upstream), bounds by size, whether the bound is a minimum.
_RATIOS: tuple[tuple[str, str, Ratio, dict[int, float], bool], ...] = (
    (
        "First run, whole process: Penstock / upstream",
        FIRST,
        lambda pair: pair[0].seconds / pair[1].seconds,
        {15_002: 0.45, 150_020: 0.35, 1_500_200: 0.30},
        False,
    ),
    (
        "ExampleGen: upstream / Penstock",
        FIRST,
        lambda pair: pair[1].nodes["ExampleGen"] / pair[0].nodes["ExampleGen"],
        {15_002: 8, 150_020: 20, 1_500_200: 20},
        True,
    ),
    (
        "Peak RSS: Penstock / upstream",
        FIRST,
        lambda pair: pair[0].peak_rss / pair[1].peak_rss,
        {150_020: 0.8, 1_500_200: 0.5},
        False,
    ),
    (
        "Unchanged second run: Penstock / upstream",
        SECOND,
        lambda pair: pair[0].seconds / pair[1].seconds,
        {15_002: 0.15, 150_020: 0.15},
        False,
    ),
)
_STARTUP = {"penstock --help": 0.05, "completion": 0.05} | dict.fromkeys(
    ("penstock runs", "penstock show", "penstock lineage"), 0.08
)


def medians(results: Results, system: str, rows: int, run: str) -> Medians | None:
    """Return the medians of one system's repetitions at one size; None if it was not measured."""
    found = results.find(side=system, rows=rows, run=run)
    if not found:
        return None
    nodes: dict[str, list[float]] = {}
    for node in (node for entry in found for node in entry["nodes"]):
        nodes.setdefault(_NAMES.get(node["id"], node["id"]), []).append(node["seconds"])
    aucs = [entry["auc"] for entry in found if entry["auc"] is not None]
    seconds = _all(found, "seconds")
    return Medians(
        repeats=len(found),
        seconds=statistics.median(seconds),
        spread=(min(seconds), max(seconds)),
        cpu_seconds=statistics.median(_all(found, "cpu_seconds")),
        peak_rss=statistics.median(_all(found, "peak_rss")),
        peak_rss_of_one=statistics.median(_all(found, "peak_rss_of_one")),
        auc=statistics.median(aucs) if aucs else None,
        nodes={name: statistics.median(values) for name, values in nodes.items()},
        ran=tuple(_NAMES.get(n["id"], n["id"]) for n in found[0]["nodes"] if n["state"] != "cached"),
    )


def _all(entries: list[dict[str, Any]], key: str) -> list[float]:
    return [entry[key] for entry in entries]


def sizes(results: Results) -> list[int]:
    """Return the sizes at which both systems were measured, smallest first."""
    by_system = [{entry["rows"] for entry in results.find(side=system)} for system in (PENSTOCK, UPSTREAM)]
    return sorted(set.intersection(*by_system))


def profiled(measured: Iterable[int]) -> int:
    """Return the size whose first run is profiled: PROFILED_ROWS, or the nearest to it."""
    return min(measured, key=lambda rows: abs(rows - PROFILED_ROWS))


def verdicts(results: Results) -> list[Verdict]:
    """Return each target with the measured value, at the measured sizes that have a bound."""
    measured = sizes(results)
    found = []
    for words, run, ratio, bounds, is_least in _RATIOS:
        for rows in measured:
            if rows in bounds:
                found.append(Verdict(words, rows, _ratio(results, rows, run, ratio), bounds[rows], is_least))
    for rows in measured:
        penstock = medians(results, PENSTOCK, rows, FIRST)
        found.append(
            Verdict("AUC of Penstock's model", rows, penstock.auc if penstock else None, LEAST_AUC, is_least=True)
        )
    return [*found, *_growth(results, measured), *_startup(results)]


def _ratio(results: Results, rows: int, run: str, ratio: Ratio) -> float | None:
    penstock, upstream = (medians(results, system, rows, run) for system in (PENSTOCK, UPSTREAM))
    return ratio((penstock, upstream)) if penstock and upstream else None


def _growth(results: Results, measured: list[int]) -> list[Verdict]:
    """Return, for each slow node of Penstock, the ratio of its time per row at the largest and the smallest size."""
    if len(measured) < 2:
        return []
    small, large = measured[0], measured[-1]
    before, after = (medians(results, PENSTOCK, rows, FIRST) for rows in (small, large))
    if before is None or after is None:
        return []
    return [
        Verdict(
            f"{name}: seconds per row, {large:,} / {small:,}", None, seconds * small / large / before.nodes[name], 1.0
        )
        for name, seconds in after.nodes.items()
        if seconds >= LEAST_SECONDS and before.nodes.get(name)
    ]


def _startup(results: Results) -> list[Verdict]:
    if "startup" not in results.parts:
        return []
    shares = startup.shares(results.parts["startup"])
    of = startup.label(startup.TENSORFLOW)
    return [Verdict(f"{startup.label(name)} / {of}", None, shares[name][1], bound) for name, bound in _STARTUP.items()]
