"""What `runs --json` prints: of each run an extract of its summary.

It is apart from `penstock.metadata.summary` because a list of runs reads verdicts only, and must answer at once.
"""

from penstock.core.documents.document import VERSION, Part, Version
from penstock.metadata.lineage import RunState


class RunEntry(Part):
    """A run in the list that `runs --json` prints."""

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
    """What `runs --json` prints."""

    pipeline: str
    total: int
    runs: tuple[RunEntry, ...]
    document_version: Version = VERSION
