"""Reads the log of requests that `penstock serve --sample` writes."""
