"""Artifacts as HTML, one file per kind: with inline styles and drawings, without scripts and network access."""
