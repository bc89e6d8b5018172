"""Artifacts as HTML, one file per kind: styles and drawings inline, no script, nothing from any network."""
