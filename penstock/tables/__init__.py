"""Tables: rows are read, checked, split and encoded here, with DuckDB and Arrow and without TFX."""
