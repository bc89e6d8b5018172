"""The model family `trees`."""
