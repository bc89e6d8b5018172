"""A process that ends with the one that started it, however that one ends."""

import ctypes
import os
import signal

_PR_SET_PDEATHSIG = 1


def end_with(parent: int) -> None:
    """Have the kernel kill this process when its parent is gone; end it now where that is gone already.

    The kernel looks at the thread that started this process: it must be the parent's main thread.

    Args:
        parent: The parent's process id, as the parent itself wrote it down.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
