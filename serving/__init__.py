"""Serving: pushed model versions, and the rows that they score; a served model carries its own transform."""

import pipeline  # noqa: F401  it keeps Arrow from running what it reads
