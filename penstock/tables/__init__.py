"""Tables: where rows are read, checked, split and encoded; knows DuckDB and Arrow, not TFX."""
