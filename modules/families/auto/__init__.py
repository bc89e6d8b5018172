"""The model family `auto`: a search over the others."""
