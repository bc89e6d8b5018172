"""Runs, artifacts and their lineage, read from and written to ML Metadata; nothing else imports it."""
