"""The texts that the command prints, as lines of at most 80 columns."""
