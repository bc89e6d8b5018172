"""TFX components of our own, one per file, each named for the artifact or verdict that it gives."""
