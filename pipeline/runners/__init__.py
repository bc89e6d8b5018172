"""One runner per file: each runs or compiles the one definition in `pipeline.definition`."""
