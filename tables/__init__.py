"""Tables: where rows are read, checked, split and encoded; knows DuckDB and Arrow, not TFX."""

import pipeline  # noqa: F401  it keeps Arrow from running what it reads
