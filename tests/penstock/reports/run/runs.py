"""Runs in a metadata store, with the files that their nodes wrote."""

import json
from pathlib import Path

from penstock.metadata import lineage
from tests.metadata_store import StoreBuilder
from tests.penstock.reports.conftest import WRITERS

FILES = ("ExampleStatistics", "Schema")


def run(builder: StoreBuilder, name: str, evil: str = "paid", **given) -> lineage.Run:
    """Record a run with all nodes, whose statistics, schema and verdict have files."""
    builder.whole_run(name, **given)
    found = lineage.run(builder.config.store, name)
    for kind in FILES:
        folder = Path(found.output(kind).uri)
        folder.mkdir(parents=True)
        WRITERS[kind](folder, evil)
    return found


EXPERIMENT = {
    "name": "taxi_abcdef0_1",
    "state": "pushed",
    "commit": "abcdef0",
    "configuration": {
        "model": {"task": "binary", "family": "trees", "leaves": 7},
        "data": {"label": "tip", "source": "trips.csv"},
        "features": {"miles": "numeric", "paid": "categorical"},
        "evaluation": {"metric": "auc"},
        "decision": {"costs": {"fp": 1, "fn": 8}},
    },
    "data": {"source": "trips.csv", "files": {"trips.csv": "f" * 64}},
    "evaluations": {"overall": {"auc": 0.95}, "certificate": {"model": "d" * 64}},
    "details": {
        "dirty": True,
        "packages": {"tfx": "1.16.0"},
        "nodes": [{"id": "Trainer", "peak_bytes": 5_000_000}],
        "place": {"user": "me", "host": "here", "folder": "/project", "key": "secret"},
    },
}


def changed(**given):
    """Return the fields of an experiment with another value of some settings."""
    found = json.loads(json.dumps(EXPERIMENT))
    found["configuration"]["model"] |= given
    found["commit"] = "1234567"
    return found
