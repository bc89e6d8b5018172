"""Metrics: computed in one pass, with their sampling errors."""
