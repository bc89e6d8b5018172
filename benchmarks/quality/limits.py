"""Time of `auto` from start to saved model under short limits, and on a wide table."""

from pathlib import Path
from typing import Any

from benchmarks.quality.process import Wanted, measured
from benchmarks.systems import check
from penstock.core.errors import NodeError

# Seconds for `auto` on a table each.
LIMITS = (("iris", 2.0), ("diabetes", 3.0), ("taxi", 5.0), ("wide", 20.0))
_SECONDS = 600.0


def measure_limits(folder: Path, *, lock: Path | None) -> list[dict[str, Any]]:
    """Return table, rows, limit and seconds of each, measured in separate processes.

    Args:
        folder: For temporary files.
        lock: A file whose lock each process waits for.

    Raises:
        NodeError: A process failed, or `auto` produced no model.
    """
    found = []
    for table, limit in LIMITS:
        place = folder / "limits"
        place.mkdir(exist_ok=True)
        command, taken, entries = measured(Wanted(table, ["auto"], [1], limit, _SECONDS), place, lock=lock)
        check(command, taken.code)
        found.append(limit_result(entries[-1], limit))
    return found


def limit_result(entry: dict[str, Any], limit: float) -> dict[str, Any]:
    """Return the time of one entry of `auto` with its limit.

    Raises:
        NodeError: `auto` produced no model.
    """
    if "error" in entry:
        what = f"`auto` on {entry['table']} in {limit:g} s"
        raise NodeError(what, "a model", entry["error"], "fix it, then continue with `make benchmark-quality RESUME=1`")
    seconds = sum(entry["seconds"][part] for part in ("fit", "export"))
    return {"table": entry["table"], "rows": entry["rows"], "limit": limit, "seconds": round(seconds, 3)}
