"""Digests of artifacts and versions, damage and its repair."""
