"""Penstock measured against the template that it replaces: same rows, same machine, one run."""
