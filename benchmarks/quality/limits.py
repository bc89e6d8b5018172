"""How well short limits hold, and that of a wide table: what `auto` takes from its start to the saved model."""

from pathlib import Path
from typing import Any

from benchmarks.quality.process import Wanted, measured
from benchmarks.sides import check
from penstock.core.errors import NodeError

# Seconds for `auto` on a table each.
LIMITS = (("iris", 2.0), ("diabetes", 3.0), ("taxi", 5.0), ("wide", 20.0))
_SECONDS = 600.0


def measure_limits(folder: Path, *, lock: Path | None) -> list[dict[str, Any]]:
    """Return table, rows, limit and seconds of each, a process of its own each.

    Args:
        folder: For what is made on the way.
        lock: A file whose lock each process waits for.

    Raises:
        NodeError: A process failed, or `auto` gave no model.
    """
    found = []
    for table, limit in LIMITS:
        place = folder / "limits"
        place.mkdir(exist_ok=True)
        command, taken, entries = measured(Wanted(table, ["auto"], 1, limit, _SECONDS), place, lock=lock)
        check(command, taken.code)
        found.append(held(entries[-1], limit))
    return found


def held(entry: dict[str, Any], limit: float) -> dict[str, Any]:
    """Return what an entry of `auto` says of its limit.

    Raises:
        NodeError: `auto` gave no model.
    """
    if "error" in entry:
        what = f"`auto` on {entry['table']} in {limit:g} s"
        raise NodeError(what, "a model", entry["error"], "mend it, then go on with `make benchmark-quality RESUME=1`")
    seconds = sum(entry["seconds"][part] for part in ("fit", "export"))
    return {"table": entry["table"], "rows": entry["rows"], "limit": limit, "seconds": round(seconds, 3)}
