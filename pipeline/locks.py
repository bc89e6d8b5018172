"""The locks of a pipeline: one run at a time, and one process that runs nodes."""

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from pipeline.config import Config
from pipeline.errors import StoreError

# How long a new run waits for the worker of one that was killed to notice and end.
WORKER_WAIT_SECONDS = 15.0


@contextmanager
def only_run(config: Config) -> Iterator[None]:
    """Hold the pipeline for a run; this process may take it once more while it has it.

    Raises:
        StoreError: Another run has it.
    """
    folder = config.path(config.state.directory)
    lock = FileLock(folder / f"{config.name}.lock", is_singleton=True)
    try:
        lock.acquire(timeout=0)
        # The worker of a run that was killed ends soon after it; until then it may still write.
        with worker_lock(config):
            pass
    except Timeout:
        lock.release()
        raise StoreError(
            f"pipeline {config.name}", "no other run of it", "one that is under way", "wait for it to end"
        ) from None
    try:
        yield
    finally:
        lock.release()


def worker_lock(config: Config) -> FileLock:
    """Return the lock that whoever runs nodes holds, so that no two ever do."""
    return FileLock(config.path(config.state.directory) / f"{config.name}.worker.lock", timeout=WORKER_WAIT_SECONDS)
