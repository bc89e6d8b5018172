"""What ran, from what and with which outcome, read from and written to ML Metadata; the only importer of it."""
