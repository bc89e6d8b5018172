"""What to say of a run that was interrupted: how far it came, and how to go on."""

from pipeline import lineage
from pipeline.config import Config
from pipeline.errors import Interrupted, PenstockError
from pipeline.interruption import interrupted
from pipeline.plan import RunOptions

_ENDED = ("pushed", "refused")


def stopped(config: Config, options: RunOptions) -> Interrupted:
    """Return the error for an interrupted run, of which nothing is running any more."""
    what = f"run {options.run_id}"
    try:
        found = lineage.run(config.store, options.run_id)
    except PenstockError:
        return interrupted(what, "before its first node", "nothing of it was kept, start it again")
    if found.state in _ENDED:
        return interrupted(
            what, f"when it was {found.state} already", f"`penstock show {found.id}` shows what came out"
        )
    node = next((node.id for node in found.nodes if node.state == "failed"), None)
    when = f"during {node}" if node else f"after {found.nodes[-1].id}" if found.nodes else "before its first node"
    return interrupted(what, when, "`penstock resume` goes on from there")
