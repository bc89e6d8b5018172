"""The threads of OpenMP in LightGBM: one that waits for another one sleeps soon.

libgomp's default is to look 300,000 times first. While other processes keep the other thread from running, that is
processor time without a use: on a busy machine a fit took 40 times as much, which ended the time limit of `auto`.
"""

import os

# On an idle machine this number costs a sixth more wall time than the default.
SPINS = "1000"


def limit_spins() -> None:
    """Set the limit, unless the environment has one or another policy; libgomp reads it when it is loaded."""
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", SPINS)
