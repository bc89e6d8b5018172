"""The review of the schema: the differences of data from it."""
