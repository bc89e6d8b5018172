"""The model family `neural`."""
