"""`penstock init`: a configuration for a table that nobody has configured yet."""
