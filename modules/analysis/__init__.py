"""The analysis of a model on a sample of evaluated rows, for the report of a run."""
