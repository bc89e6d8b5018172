"""The runs of a pipeline for a process that lists them often: a run that has ended is read once."""

import threading
import time

from penstock.core.stamps import FileStamp, is_settled, stamp_of
from penstock.metadata.lineage import Run, read_runs
from penstock.metadata.queries import MetadataRows
from penstock.metadata.store import Store

# A run that failed can be continued as long as it is the newest.
_ENDED = ("pushed", "refused", "failed")

Stamp = tuple[FileStamp | None, ...]


def store_stamp(store: Store) -> Stamp | None:
    """Return what changes with each write to the store: the stamps of its files; None for a store on a server."""
    if store.file is None:
        return None
    return tuple(stamp_of(f"{store.file}{end}") for end in ("", "-wal", "-journal"))


class RunCache:
    """The runs of a pipeline, for use from several threads."""

    def __init__(self, store: Store) -> None:
        """Remember nothing yet; the store is opened by each call."""
        self.store = store
        self._ended: dict[int, Run] = {}
        self._all: list[Run] = []
        self._seen: Stamp | None = None
        self._lock = threading.Lock()

    def all(self) -> list[Run]:
        """Return all runs, newest first.

        Raises:
            StoreError: The store cannot be read.
        """
        with self._lock:
            stamp = store_stamp(self.store)
            if stamp is None or stamp != self._seen:
                began = time.time_ns()
                self._all = self._read()
                self._seen = stamp if stamp and is_settled(filter(None, stamp), began) else None
            return list(self._all)

    def _read(self) -> list[Run]:
        with MetadataRows(self.store) as rows:
            known = rows.runs(self.store.pipeline)
            # A store that was replaced has other runs under the same numbers.
            ended = {id: self._ended[id] for id, name in known[1:] if id in self._ended and self._ended[id].id == name}
            wanted = [entry for entry in known if entry[0] not in ended]
            fresh = dict(zip((id for id, _ in wanted), read_runs(rows, self.store.pipeline, wanted), strict=True))
            self._ended = ended | {id: run for id, run in fresh.items() if run.state in _ENDED and id != known[0][0]}
            return [ended[id] if id in ended else fresh[id] for id, _ in known]
