"""Whether a component works in this process, or hands its work to a Beam runner."""

from collections.abc import Sequence

# Arrow batches of this size keep numpy and TensorFlow busy; a batch of a wide table is still some megabytes.
BATCH_ROWS = 4096


def in_process(beam_arguments: Sequence[str]) -> bool:
    """Say whether the Beam arguments name no runner, so that one process on this machine is to do the work.

    Beam's in-memory runner would do the same in one process too, at a cost per element and per step that is more than
    the work itself until tables are large, and that is never less.
    """
    return not any(argument.partition("=")[0] == "--runner" for argument in beam_arguments)
