"""The output of `runs --json`: an extract of the summary of each run.

It is separate from `penstock.metadata.summary`, which imports all documents: a list of runs reads only verdicts, and
the commands that only read have to be fast.
"""

from penstock.core.documents.document import VERSION, Part, Version
from penstock.metadata.lineage import RunState


class RunEntry(Part):
    """A run in the output of `runs --json`."""

    run_id: str
    state: RunState
    version: int | None
    failed_node: str | None
    started: float
    seconds: float
    metric: str
    value: float | None
    ran: int
    cached: int


class RunsView(Part):
    """The output of `runs --json`."""

    pipeline: str
    total: int
    runs: tuple[RunEntry, ...]
    document_version: Version = VERSION
