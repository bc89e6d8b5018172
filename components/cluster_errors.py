"""What an error of a Flink or a Spark means, in the parts of an error of ours."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from penstock.core.errors import NodeError, PenstockError

Parts = tuple[str, str, str, str]
_PAGE = "docs/tasks/flink.md"
_WORKERS = "the worker pool"


def _buffers(found: re.Match[str]) -> Parts:
    required, available, total, size = found.groups()
    memory = int(total) * int(size) / 2**20
    expected = f"{required} free network buffers for one more task"
    received = f"{available} of {total} ({memory:.0f} MB)"
    remedy = f"raise taskmanager.memory.network.min and .max, or lower --parallelism ({_PAGE})"
    return "the memory of Flink's TaskManagers", expected, received, remedy


def _modules(found: re.Match[str]) -> Parts:
    remedy = "start the pool with `penstock workers` in the same .venv"
    return _WORKERS, "Penstock and TFX in the Python of its workers", f"no module {found[1]!r}", remedy


def _slots(_: re.Match[str]) -> Parts:
    remedy = "lower --parallelism, or start more TaskManagers"
    return "the cluster", "a free slot for each parallel task of the job", "fewer", remedy


def _pool(found: re.Match[str]) -> Parts:
    remedy = "start the pool with `penstock workers` on that machine, or correct beam.workers"
    received = f"no connection to {found[1]}" if found[1] else "a refused connection"
    return _WORKERS, "one that the machines of the cluster can reach", received, remedy


def _record(_: re.Match[str]) -> Parts:
    remedy = f"raise taskmanager.memory.managed.size ({_PAGE})"
    return "the memory of Flink's TaskManagers", "managed memory for the largest record of an operator", "less", remedy


def _lost(_: re.Match[str]) -> Parts:
    remedy = "start it again, then `penstock resume`"
    return "the cluster", "machines that run to the end of the job", "one that was lost", remedy


def _heap(_: re.Match[str]) -> Parts:
    remedy = f"raise the memory of TaskManagers or executors ({_PAGE})"
    return "the memory of the cluster", "enough for a task", "none left (OutOfMemoryError)", remedy


_MEANINGS: tuple[tuple[str, Callable[[re.Match[str]], Parts]], ...] = (
    (
        r"Insufficient number of network buffers: required (\d+), but only (\d+) available\. "
        r"The total number of network buffers is currently set to (\d+) of (\d+) bytes",
        _buffers,
    ),
    (r"No module named '?([\w.]+)'?", _modules),
    (r"Could not acquire the minimum required resources|NoResourceAvailableException", _slots),
    (r"Connection refused(?:: (?:getsockopt: )?(\S+))?", _pool),
    (r"Record too large", _record),
    (r"OutOfMemoryError", _heap),
    (r"TaskManager with id \S+ is no longer reachable|Heartbeat of TaskManager|ExecutorLostFailure", _lost),
)


def explain(text: str, pool: str | None = None) -> Parts | None:
    """Return what, expected, received and next step of an error that a cluster reports; None if it is unknown.

    Args:
        text: The error.
        pool: The address of the worker pool, which the error may leave out.
    """
    for pattern, meaning in _MEANINGS:
        if found := re.search(pattern, text):
            what, expected, received, remedy = meaning(found)
            return f"{what} {pool}" if pool and what == _WORKERS else what, expected, received, remedy
    return None


@contextmanager
def explained() -> Iterator[None]:
    """Turn an error of a cluster into one sentence.

    Raises:
        NodeError: The block raised an error whose meaning is known.
    """
    try:
        yield
    except PenstockError:
        raise
    except Exception as error:
        parts = explain(str(error))
        if parts is None:
            raise
        raise NodeError(*parts) from error
