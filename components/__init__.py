"""TFX components of our own, one per file, each named for the artifact or verdict that it gives."""

import penstock  # noqa: F401  it keeps Arrow from running what it reads
