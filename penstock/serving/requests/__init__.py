"""Reads the log of requests that `penstock serve` writes with --sample."""
