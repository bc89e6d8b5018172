"""The runs of a pipeline for a process that lists them often: a run that has ended is read once."""

import threading

from penstock.metadata.lineage import Run, read_runs
from penstock.metadata.queries import MetadataRows
from penstock.metadata.store import Store

# A run that failed can be continued as long as it is the newest.
_ENDED = ("pushed", "refused", "failed")


class RunCache:
    """The runs of a pipeline, for use from several threads."""

    def __init__(self, store: Store) -> None:
        """Remember nothing yet; the store is opened by each call."""
        self.store = store
        self._ended: dict[int, Run] = {}
        self._lock = threading.Lock()

    def all(self) -> list[Run]:
        """Return all runs, newest first.

        Raises:
            StoreError: The store cannot be read.
        """
        with self._lock, MetadataRows(self.store) as rows:
            known = rows.runs(self.store.pipeline)
            # A store that was replaced has other runs under the same numbers.
            ended = {id: self._ended[id] for id, name in known[1:] if id in self._ended and self._ended[id].id == name}
            wanted = [entry for entry in known if entry[0] not in ended]
            fresh = dict(zip((id for id, _ in wanted), read_runs(rows, self.store.pipeline, wanted), strict=True))
            self._ended = ended | {id: run for id, run in fresh.items() if run.state in _ENDED and id != known[0][0]}
            return [ended[id] if id in ended else fresh[id] for id, _ in known]
