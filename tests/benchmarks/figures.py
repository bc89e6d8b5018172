"""Results of a benchmark that never ran, small enough to compute by hand."""

from pathlib import Path
from typing import Any

from benchmarks.results import Results

FACTS = {
    "date": "2026-11-21",
    "commit": "0123456789",
    "code": "0123456789abcdef",
    "penstock": "0.1.0",
    "cpu": "A processor",
    "cores": 2,
    "memory_gb": 8.0,
    "system": "A system",
    "python": "3.11.7",
    "packages": {"tfx": "1.16.0"},
}


def entry(system: str, rows: int, seconds: float, *, repeat: int = 1, run: str = "first") -> dict[str, Any]:
    """Return a measurement whose ExampleGen takes a quarter of the time and whose Trainer takes half."""
    state = "ran" if run == "first" else "cached"
    example_gen = "ExampleGen" if system == "penstock" else "CsvExampleGen"
    return {
        "side": system,
        "rows": rows,
        "repeat": repeat,
        "run": run,
        "seconds": seconds,
        "cpu_seconds": seconds * 1.5,
        "peak_rss": 1_000_000_000 if system == "penstock" else 2_000_000_000,
        "peak_rss_of_one": 900_000_000,
        "first_child": seconds / 16,
        "load": 0.1,
        "auc": 0.95 if run == "first" else None,
        "nodes": [
            {"id": example_gen, "state": state, "started": seconds / 8, "seconds": seconds / 4},
            {"id": "Trainer", "state": state, "started": seconds * 3 / 8, "seconds": seconds / 2},
            {"id": "Pusher", "state": "ran", "started": seconds * 15 / 16, "seconds": seconds / 128},
        ],
    }


def results(file: Path = Path("results.json")) -> Results:
    """Return two repeats at one size and one at a larger one, of both systems."""
    found = Results(file, dict(FACTS), [], {})
    for repeat, slower in ((1, 1.0), (2, 1.5), (3, 1.25)):
        found.measurements.append(entry("upstream", 15_002, 40.0 * slower, repeat=repeat))
        found.measurements.append(entry("upstream", 15_002, 20.0, repeat=repeat, run="second"))
        found.measurements.append(entry("penstock", 15_002, 16.0 * slower, repeat=repeat))
        found.measurements.append(entry("penstock", 15_002, 4.0, repeat=repeat, run="second"))
    found.measurements.append(entry("upstream", 150_020, 80.0))
    found.measurements.append(entry("penstock", 150_020, 32.0))
    return found


STARTUP = {
    "import tensorflow": [5.0, 4.0, 6.0],
    "penstock --help": [0.2, 0.1, 0.3],
    "completion": [0.5, 0.5, 0.5],
    "penstock runs": [0.1, 0.1, 0.1],
    "penstock show": [0.1, 0.1, 0.1],
    "penstock lineage": [0.1, 0.1, 0.1],
    "unchanged run": [1.0, 1.0, 1.0],
}
