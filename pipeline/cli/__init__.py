"""The `penstock` command: one file per verb, each importing what it needs when it runs."""

import penstock  # noqa: F401  it keeps Arrow from running what it reads
