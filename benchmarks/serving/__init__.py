"""Measures `penstock serve` against the same SavedModel in this process, and against MLflow's server."""
