"""Penstock measured against the template that it replaces: same rows, same machine, one run."""

import penstock  # noqa: F401  it keeps Arrow from running what it reads
