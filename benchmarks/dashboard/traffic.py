"""The server whose metrics and log of requests the page of the traffic shows."""

import csv
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.dashboard import table
from benchmarks.serving.server import load_of, sent, served
from penstock.core import marked_folders
from penstock.core.errors import NodeError

# The name under which `benchmarks.serving.server` serves a model.
SERVED_AS = "m"
FOLDER = "requests"
_ROWS, _CLIENTS = 200, 2


@contextmanager
def serving(folder: Path, columns: int, seconds: float) -> Iterator[str]:
    """Serve the model of a project, send its last rows for some seconds, and yield the URL of the metrics.

    Each request is logged, into a new folder of the project.

    Raises:
        NodeError: A request failed, or nothing was logged.
    """
    log = folder / FOLDER
    marked_folders.recreate(log)
    with served(folder / "models", "--sample", "1", "--sample-to", str(log), "--sample-seconds", "1") as server:
        found = sent(load_of(f"{server.rest}:predict", body(folder / "rows.csv", columns), _CLIENTS, seconds))
        if found["failed"] or not found["requests"]:
            raise NodeError("the requests to the server", "answers", str(found["failure"]), "correct that")
        until = time.monotonic() + 60
        while not list(log.rglob("*.parquet")):
            if time.monotonic() > until:
                raise NodeError("the log of requests", "a complete file", "none", f"look into {log}")
            time.sleep(0.1)
        place = urlsplit(server.rest)
        yield f"http://{place.netloc}/monitoring/prometheus/metrics"


def body(file: Path, columns: int) -> bytes:
    """Return the first rows of a table as a request; a missing number is zero."""
    roles = table.roles(columns)
    with file.open(encoding="utf-8", newline="") as opened:
        rows = [row for row, _ in zip(csv.DictReader(opened), range(_ROWS), strict=False)]
    instances = [
        {name: float(row[name] or 0) if role == "numeric" else row[name] for name, role in roles.items()}
        for row in rows
    ]
    return json.dumps({"instances": instances}).encode()
