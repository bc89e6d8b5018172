"""The migrations of the tables, run by `migrating`."""
