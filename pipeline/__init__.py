"""The pipeline: its definition, its runs and runners, and the command."""

import penstock  # noqa: F401  it keeps Arrow from running what it reads
