"""One model family per file."""
