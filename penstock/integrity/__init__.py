"""Digests of artifacts and versions, detection of damage, and repair."""
